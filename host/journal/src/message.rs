use serde::{Deserialize, Serialize};

/// What one process tells the process that drives a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Message {
    /// End the run.
    Cancel {
        /// Who wants it.
        by: String,
    },
    /// Stop, so that it can be resumed.
    Interrupt {
        /// Why.
        reason: String,
    },
    /// The answer to a question.
    Answer {
        /// The question's task.
        task: u32,
        /// The answer.
        text: String,
        /// Who answered.
        by: String,
    },
    /// Something that this version does not know. Acknowledge it and go on.
    #[serde(other)]
    Unknown,
}
