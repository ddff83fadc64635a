//! The gate after a turn: a question what is to come next.

use cm_sdk::workflow::{Question, question};

use super::conversation::Conversation;
use super::host::Host;
use super::interpreter::Interpreter;
use crate::read::Files;

/// The question, for the agent's step at `top`. `why` says why it is asked again.
pub(super) fn of<H: Host + Files>(
    run: &Interpreter<'_, H>,
    conversation: &Conversation<'_>,
    top: usize,
    why: Option<&str>,
) -> Question {
    let next = match (conversation.chain().label(", "), conversation.objection()) {
        (Some(label), _) => label,
        (None, Some(reason)) => format!("the step fails: {reason}"),
        (None, None) => match run.following(top) {
            Some(step) => format!("the step `{}`", step.id),
            None => "the end of the workflow".into(),
        },
    };
    let next = format!("next: {next}");
    let prompt = match why {
        Some(why) => format!("{why}\n{next}"),
        None => next,
    };
    let interactive = conversation.interactive().or(run.workflow.interactive);
    Question {
        kind: "turn".into(),
        speaker: Some(conversation.name().into()),
        about: conversation.about().cloned(),
        interactive: interactive.unwrap_or(true),
        ..question(prompt)
    }
}
