//! What can be answered, and how the guest is told.

use cm_types::{Decision, QuestionKind, QuestionWork, Reply};

/// In whose name something was decided, for the guest.
pub(crate) const PERSON: &str = "person";
/// See [`PERSON`].
pub(crate) const CONTROLLER: &str = "controller";
/// See [`PERSON`].
pub(crate) const HOST: &str = "host";

/// What a decision gives the guest that asked for it.
pub(crate) fn decided(decision: Decision, by: &str, from: &str) -> Reply {
    Reply {
        text: decision.text().to_owned(),
        decision: Some(decision),
        options: vec![
            ("by".to_owned(), by.to_owned()),
            ("from".to_owned(), from.to_owned()),
        ],
        ..Reply::default()
    }
}

/// What is possible beside skip, back and stop.
pub(crate) fn answers(kind: QuestionKind) -> &'static [&'static str] {
    match kind {
        QuestionKind::Question => &["reply"],
        QuestionKind::Turn => &["next", "reply"],
        QuestionKind::Approval => &["approve", "reject", "revise"],
        QuestionKind::Checkpoint => &["next"],
        QuestionKind::Permission => &["approve", "reject"],
    }
}

/// What `--yes` answers.
pub(crate) fn yes_to(question: &QuestionWork) -> Option<Decision> {
    match question.kind {
        QuestionKind::Turn | QuestionKind::Checkpoint => Some(Decision::Next),
        QuestionKind::Approval | QuestionKind::Permission => Some(Decision::Approve),
        QuestionKind::Question => {
            let first = question.choices.first();
            let text = question.default.as_ref().or(first)?;
            Some(Decision::Reply(text.clone()))
        }
    }
}
