use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Budget, Options};

/// What can be known of a workflow without running it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outline {
    /// The name for people.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who drives at the start: `manual`, `continuous`, `hybrid` or `autonomous`; empty
    /// counts as `continuous`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// Whether that may change while it runs: `never`, `always`, `start-manual` or
    /// `start-autonomous`; empty: it may.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub autonomous: String,
    /// Who answers in the person's place: the agent's or component's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<String>,
    /// `required`, `optional` or `none`; empty counts as `optional`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub specification: String,
    /// Asked before it begins, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Its steps, in the order they are written.
    pub steps: Vec<OutlineStep>,
    /// What it may use.
    #[serde(default, skip_serializing_if = "Budget::is_none")]
    pub budget: Budget,
    /// How much may go on at once, by classes of resources.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, u32>,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

/// A step, as it is shown before and while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutlineStep {
    /// Unique in its workflow.
    pub id: String,
    /// `agent`, `run`, `ask`, `step`, `parallel`, or a word of the workflow's own.
    pub kind: String,
    /// What to call it.
    pub label: String,
    /// The id of the group it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// For agents: the engine it names, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// The steps that must be over before it begins, beside its place in the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// How many agents it comes to at most, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents: Option<u32>,
    /// When it takes part.
    #[serde(default, skip_serializing_if = "Selector::is_empty")]
    pub when: Selector,
    /// Named values without a field of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Options,
}

impl OutlineStep {
    /// Whether it starts commands: it is one, or says in its options that it has some.
    pub fn has_commands(&self) -> bool {
        self.kind == "run" || self.options.iter().any(|(name, _)| name == "commands")
    }
}

/// What must have been chosen for something to take part. Empty lists ask nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selector {
    /// One of these tracks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<String>,
    /// All of these conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// At least one of these conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions_any: Vec<String>,
}

impl Selector {
    /// Whether it asks nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it is met by this track and these conditions.
    pub fn is_met(&self, track: Option<&str>, conditions: &[String]) -> bool {
        let track_fits = self.tracks.is_empty()
            || track.is_some_and(|track| self.tracks.iter().any(|wanted| wanted == track));
        track_fits
            && self
                .conditions
                .iter()
                .all(|wanted| conditions.contains(wanted))
            && (self.conditions_any.is_empty()
                || self
                    .conditions_any
                    .iter()
                    .any(|wanted| conditions.contains(wanted)))
    }
}

/// A question that is answered before the run begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// `track` or `condition`: what its answers are.
    pub kind: String,
    /// What is asked.
    pub question: String,
    /// Whether several answers, or none, may be given.
    #[serde(default)]
    pub many: bool,
    /// What may be answered.
    pub alternatives: Vec<Alternative>,
    /// Asked only when this was chosen before.
    #[serde(default, skip_serializing_if = "Selector::is_empty")]
    pub when: Selector,
}

/// One answer to a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alternative {
    /// Unique among the tracks, or among the conditions.
    pub id: String,
    /// For people.
    pub label: String,
    /// More for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Something wrong in a package's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// False: it runs, but is probably not what was meant.
    pub fatal: bool,
    /// What is wrong.
    pub message: String,
    /// The file, relative to the package.
    pub path: String,
    /// From 1; 0 when the whole file is meant.
    pub line: u32,
    /// From 1, in characters; 0 when the whole line is meant.
    pub column: u32,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// None when the problems leave nothing to show.
    pub outline: Option<Outline>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}
