use std::collections::BTreeMap;

use cm_types::{Digest, Mode, Outline};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// Named values for the guest.
    pub settings: BTreeMap<String, String>,
}
