use crate::{Observation, Verdict, bindings::controllers::exports::cm::flow::controller};

impl From<Observation> for controller::Observation {
    fn from(observation: Observation) -> Self {
        Self {
            step: observation.step,
            kind: observation.kind,
            speaker: observation.speaker,
            text: observation.text,
            choices: observation.choices,
            options: observation.options,
        }
    }
}

impl From<controller::Verdict> for Verdict {
    fn from(verdict: controller::Verdict) -> Self {
        match verdict {
            controller::Verdict::Reply(text) => Self::Reply(text),
            controller::Verdict::Proceed => Self::Proceed,
            controller::Verdict::Skip => Self::Skip,
            controller::Verdict::Stop(reason) => Self::Stop(reason),
            controller::Verdict::Approve => Self::Approve,
            controller::Verdict::Reject(reason) => Self::Reject(reason),
            controller::Verdict::Revise(change) => Self::Revise(change),
            controller::Verdict::Ask(question) => Self::Ask(question),
            controller::Verdict::Other(item) => Self::Other(item.into()),
        }
    }
}
