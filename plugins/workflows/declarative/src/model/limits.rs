//! How much may be used, how often something is tried, and what must be there then.

use super::{CommandStep, Schema};
use crate::problem::Position;

/// How often something is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// In all.
    pub attempts: u32,
    /// The wait before the second try, in milliseconds; doubled with each further one.
    pub backoff: Option<u32>,
    /// After which failures. Empty: those that say of themselves that it may help.
    pub on: Vec<String>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 1,
            backoff: None,
            on: Vec::new(),
        }
    }
}

impl Retry {
    /// Whether a command is tried again whose exit code is not 0.
    pub fn after_exit(&self) -> bool {
        self.on.is_empty() || self.on.iter().any(|class| class == "other")
    }
}

/// What a run may use, with everything that it starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Budget {
    /// Input and output tokens.
    pub tokens: Option<f64>,
    /// Money, in US dollars.
    pub usd: Option<f64>,
    /// Time at work.
    pub minutes: Option<f64>,
    /// At how much of it the person is told, in percent.
    pub warn: Option<u32>,
}

/// How many places a class has.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// How much of it may go on at once.
    pub places: u32,
}

/// What must be there for a step to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Produces {
    /// Files that are not empty: paths and glob patterns.
    pub files: Vec<String>,
    /// Files that are JSON and meet a schema.
    pub schemas: Vec<(String, Schema)>,
    /// Whether something must have changed since the step began.
    pub changes: bool,
    /// A command that must exit with 0.
    pub run: Option<CommandStep>,
    /// How often an agent is told what is missing.
    pub attempts: u32,
}

/// A name that is written somewhere.
pub type Named = (String, Position);
