use cm_types::{Decision, Directive};

use crate::bindings::workflows::cm::flow::decisions;

impl From<decisions::Decision> for Decision {
    fn from(decision: decisions::Decision) -> Self {
        match decision {
            decisions::Decision::Next => Self::Next,
            decisions::Decision::Reply(text) => Self::Reply(text),
            decisions::Decision::Skip => Self::Skip,
            decisions::Decision::Back(step) => Self::Back(step),
            decisions::Decision::Stop(reason) => Self::Stop(reason),
            decisions::Decision::Approve => Self::Approve,
            decisions::Decision::Reject(reason) => Self::Reject(reason),
            decisions::Decision::Revise(change) => Self::Revise(change),
            decisions::Decision::Ask(reason) => Self::Ask(reason),
            decisions::Decision::Other(item) => Self::Other(item.into()),
        }
    }
}

impl From<Decision> for decisions::Decision {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Next => Self::Next,
            Decision::Reply(text) => Self::Reply(text),
            Decision::Skip => Self::Skip,
            Decision::Back(step) => Self::Back(step),
            Decision::Stop(reason) => Self::Stop(reason),
            Decision::Approve => Self::Approve,
            Decision::Reject(reason) => Self::Reject(reason),
            Decision::Revise(change) => Self::Revise(change),
            Decision::Ask(reason) => Self::Ask(reason),
            Decision::Other(item) => Self::Other(item.into()),
        }
    }
}

impl From<Directive> for decisions::Directive {
    fn from(directive: Directive) -> Self {
        match directive {
            Directive::Loop { steps, to, reason } => {
                Self::Loop(decisions::Looping { steps, to, reason })
            }
            Directive::Stop { reason } => Self::Leave(reason),
            Directive::Checkpoint { reason } => Self::Checkpoint(reason),
            Directive::Pause { reason } => Self::Pause(reason),
            Directive::Trigger {
                agent,
                prompt,
                reason,
            } => Self::Trigger(decisions::Trigger {
                agent,
                prompt,
                reason,
            }),
            Directive::Error { reason } => Self::Fail(reason),
            Directive::Goto { to, reason } => Self::Goto(decisions::Jump { to, reason }),
        }
    }
}
