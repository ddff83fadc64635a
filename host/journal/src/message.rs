use cm_orchestrator::Input;
use cm_types::{Budget, Decision, Digest, Mode};
use serde::{Deserialize, Serialize};

/// What one process tells the process that drives a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
        answer: Decision,
        /// Who answered.
        by: String,
        /// The digest of what they were shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Digest>,
    },
    /// A decision that nobody asked for: something to say, skip, go back, stop.
    Direct {
        /// The step; none: the one that is at work.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// What.
        decided: Decision,
        /// Whether the agent's turn is stopped for it.
        #[serde(default)]
        now: bool,
        /// Who.
        by: String,
    },
    /// Somebody else is to drive.
    Switch {
        /// Who.
        mode: Mode,
        /// Who wants it.
        by: String,
    },
    /// Send nothing new out.
    Pause {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Whether the turns that go on are stopped.
        #[serde(default)]
        now: bool,
        /// Who wants it.
        by: String,
    },
    /// Go on after a pause.
    Continue {
        /// Who wants it.
        by: String,
    },
    /// Let it use more.
    Raise {
        /// How much more.
        budget: Budget,
        /// Who wants it.
        by: String,
    },
    /// Something to say to the controller.
    Talk {
        /// What.
        text: String,
        /// Who.
        by: String,
    },
    /// Something that this version does not know. Acknowledge it and go on.
    #[serde(other)]
    Unknown,
}

impl Message {
    /// What it means to the core; none: a newer `cm` says what this one does not know.
    pub fn input(self) -> Option<Input> {
        Some(match self {
            Self::Cancel { by } => Input::CancelRun { by },
            Self::Interrupt { reason } => Input::Interrupt { reason },
            Self::Answer {
                task,
                answer,
                by,
                shown,
            } => Input::Answer {
                task,
                decision: answer,
                by,
                shown,
            },
            Self::Direct {
                step,
                decided,
                now,
                by,
            } => Input::Direct {
                step,
                decision: decided,
                now,
                by,
            },
            Self::Switch { mode, by } => Input::Switch { mode, by },
            Self::Pause { reason, now, by } => Input::Pause { reason, now, by },
            Self::Continue { by } => Input::Continue { by },
            Self::Raise { budget, by } => Input::Raise { budget, by },
            Self::Talk { text, by } => Input::Talk { text, by },
            _ => return None,
        })
    }
}
