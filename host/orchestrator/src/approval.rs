use cm_types::{Digest, QuestionKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Task;

/// A yes or a no that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// `approve`, `reject`, `revise`, or that the step was left.
    pub decision: String,
    /// Who decided.
    pub by: String,
    /// When: milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// The digest of what they were shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Digest>,
}

impl Approval {
    /// None when the task is no approval that somebody has decided on.
    pub(crate) fn of(task: &Task) -> Option<Self> {
        let is_approval = task.question()?.kind == QuestionKind::Approval;
        let decision = task.result()?.as_ref().ok()?.decision.as_ref()?;
        let answered = task.answered.as_ref().filter(|_| is_approval)?;
        Some(Self {
            decision: decision.word().to_owned(),
            by: answered.by.clone(),
            at_ms: task.finished_ms?,
            shown: answered.shown,
        })
    }

    /// In a few words.
    pub(crate) fn note(&self) -> String {
        let Self { decision, by, .. } = self;
        match &self.shown {
            Some(shown) => format!("{decision}, by {by}, sha256:{}", shown.short()),
            None => format!("{decision}, by {by}"),
        }
    }
}
