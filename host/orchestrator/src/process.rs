use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A program that was started, precisely enough to find it again and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Process {
    /// Its process id, which is also its group's.
    pub pid: u32,
    /// The operating system's start time of it, in the system's own unit; 0 when unknown.
    pub started: u64,
    /// A random word in its environment, by which it and its children are known again.
    #[serde(default)]
    pub mark: String,
}
