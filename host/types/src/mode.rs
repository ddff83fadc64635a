use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who drives a run: who answers when an agent has finished a turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A person, for every agent.
    Manual,
    /// Nobody is asked.
    #[default]
    Continuous,
    /// A person, for agents that are interactive.
    Hybrid,
    /// The controller, for agents that are interactive.
    Autonomous,
}

impl Mode {
    /// All of them, as they are written.
    pub const WORDS: [&str; 4] = ["manual", "continuous", "hybrid", "autonomous"];

    /// The mode that this word means.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "manual" => Some(Self::Manual),
            "continuous" => Some(Self::Continuous),
            "hybrid" => Some(Self::Hybrid),
            "autonomous" => Some(Self::Autonomous),
            _ => None,
        }
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Continuous => "continuous",
            Self::Hybrid => "hybrid",
            Self::Autonomous => "autonomous",
        }
    }
}
