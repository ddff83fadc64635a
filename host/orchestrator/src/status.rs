use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Work goes on, or went on when its process was lost.
    Running,
    /// Nothing goes on until a person answers.
    Asking,
    /// Nothing goes on until a certain time.
    Waiting,
    /// Nothing goes on until somebody continues.
    Paused,
    /// Stopped, to be resumed.
    Interrupted,
    /// The workflow returned.
    Done,
    /// The workflow failed.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

impl Status {
    /// The word for people and for `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Asking => "asking",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Interrupted => "interrupted",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen unless somebody resumes it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}
