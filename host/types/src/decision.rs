use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Extension;

/// What a person or a controller decides. Its written form is also what a controller
/// agent answers: `{"decision": "reply", "text": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "decision", content = "text")]
pub enum Decision {
    /// Go on: with the agent's next prompt, or with the next step.
    Next,
    /// Say this to the agent, or answer the question with it.
    Reply(String),
    /// Leave this step.
    Skip,
    /// Go back to the step with this id; it and what follows it runs again.
    Back(String),
    /// End the run, for this reason.
    Stop(String),
    /// Yes to what was shown.
    Approve,
    /// No, for this reason.
    Reject(String),
    /// Again, with this to change.
    Revise(String),
    /// From controllers only: a person must answer this, for this reason.
    Ask(String),
    /// What this version does not know.
    Other(Extension),
}

impl Decision {
    /// The word for people and in the journal.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Reply(_) => "reply",
            Self::Skip => "skip",
            Self::Back(_) => "back",
            Self::Stop(_) => "stop",
            Self::Approve => "approve",
            Self::Reject(_) => "reject",
            Self::Revise(_) => "revise",
            Self::Ask(_) => "ask",
            Self::Other(_) => "other",
        }
    }

    /// What was said with it; empty when nothing was.
    pub fn text(&self) -> &str {
        match self {
            Self::Reply(text)
            | Self::Back(text)
            | Self::Stop(text)
            | Self::Reject(text)
            | Self::Revise(text)
            | Self::Ask(text) => text,
            Self::Next | Self::Skip | Self::Approve | Self::Other(_) => "",
        }
    }
}

/// What a turn or a command tells the workflow. Its written form is that of the
/// directive file: `{"action": "loop", "to": "build", "reason": "tests fail"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "action")]
pub enum Directive {
    /// Go back and through the same steps again.
    Loop {
        /// How many steps back. None, and no `to`: as the workflow says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        steps: Option<u32>,
        /// The step to go back to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Leave the loop and go forward.
    Stop {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Ask whether to go on.
    Checkpoint {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Wait until a person resumes.
    Pause {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Run another agent, then go on.
    Trigger {
        /// Its name.
        #[serde(alias = "triggerAgentId")]
        agent: String,
        /// What to ask of it beside its own prompt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prompt: Option<String>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The step has failed.
    Error {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Go on at another step.
    Goto {
        /// The step.
        to: String,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

impl Directive {
    /// The word by which it is granted.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Loop { .. } => "loop",
            Self::Stop { .. } => "stop",
            Self::Checkpoint { .. } => "checkpoint",
            Self::Pause { .. } => "pause",
            Self::Trigger { .. } => "trigger",
            Self::Error { .. } => "error",
            Self::Goto { .. } => "goto",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_written_as_controllers_write_them() {
        let read = |text: &str| serde_json::from_str::<Decision>(text).ok();
        assert_eq!(read(r#"{"decision":"next"}"#), Some(Decision::Next));
        let reply = Some(Decision::Reply("use sqlite".into()));
        assert_eq!(read(r#"{"decision":"reply","text":"use sqlite"}"#), reply);
        assert_eq!(read(r#"{"decision":"reply"}"#), None);
        assert_eq!(read(r#"{"decision":"maybe"}"#), None);
    }

    #[test]
    fn directives_are_written_as_files_have_them() {
        let read = |text: &str| serde_json::from_str::<Directive>(text).ok();
        let back = Directive::Loop {
            steps: Some(2),
            to: None,
            reason: Some("tests fail".into()),
        };
        let text = r#"{"action":"loop","steps":2,"reason":"tests fail"}"#;
        assert_eq!(read(text), Some(back));
        let text = r#"{"action":"trigger","triggerAgentId":"helper"}"#;
        assert!(matches!(read(text), Some(Directive::Trigger { agent, .. }) if agent == "helper"));
        assert_eq!(read(r#"{"action":"goto"}"#), None);
    }
}
