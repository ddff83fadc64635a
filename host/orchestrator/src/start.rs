use std::collections::BTreeMap;

use cm_types::{Budget, Digest, Mode, Outline};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Pin;

/// What a run was started with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunStart {
    /// The version of `cm` that started it.
    pub host: String,
    /// What the person named: a package or a path.
    pub workflow: String,
    /// The package's name and version.
    pub package: String,
    /// Its digest.
    pub digest: Option<Digest>,
    /// The file in it that was run.
    pub entry: String,
    /// The directory that the run works in.
    pub directory: String,
    /// Its steps.
    pub outline: Option<Outline>,
    /// Takes the place of every engine that the workflow names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// For agents that name none.
    pub default_engine: String,
    /// Takes the place of every model that the workflow names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether questions are answered with their defaults.
    #[serde(default)]
    pub yes: bool,
    /// Who drives at the start.
    #[serde(default)]
    pub mode: Mode,
    /// Whether it begins with a pause, in which the controller can be briefed.
    #[serde(default)]
    pub paused: bool,
    /// What a controller that is an agent is told first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief: Option<String>,
    /// How many programs may run at once; 0 counts as 1.
    pub parallel: u32,
    /// How many of them of each class; 0 counts as 1. What is not named has only the limit
    /// that all have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, u32>,
    /// What it may use.
    #[serde(default, skip_serializing_if = "Budget::is_none")]
    pub budget: Budget,
    /// The run that it comes after, and what of that is done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// What the run that it comes after has used, and this one goes on to use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<Pin>,
    /// Named values for the guest.
    pub settings: BTreeMap<String, String>,
}

/// A run of which something is done again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct After {
    /// Its id.
    pub run: String,
    /// The step with which it begins anew; what was finished before is not done again.
    /// None: all of it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What the agents of these steps are asked first, in the place of what the workflow
    /// says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prompts: BTreeMap<String, String>,
}
