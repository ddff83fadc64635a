use cm_journal::{AskKind, Message};
use cm_types::{Decision, QuestionKind};

use super::{
    order,
    target::{self, Named},
};
use crate::{arguments::Reply, exit::Exit, inbox, person, trouble::Trouble, view::text};

pub(crate) fn run(arguments: Reply) -> Result<Exit, Trouble> {
    let (named, run) = Named::open(&arguments.run, arguments.place.dir.as_deref())?;
    let step = arguments.step.as_deref();
    let by = person::name();
    // A checkpoint wants a decision, not words; the core says so when nothing else fits.
    let takes_text = |kind| kind != QuestionKind::Checkpoint;
    let question = target::question(&named.id, &run, step, takes_text)?;
    if let Some(task) = question {
        let kind = task.question().map(|question| question.kind);
        if let Some(QuestionKind::Approval | QuestionKind::Permission) = kind {
            return Err(no_yes(&named.id, &task.place.step, step, kind));
        }
        let message = Message::Answer {
            task: task.id,
            answer: Decision::Reply(arguments.answer),
            by: by.clone(),
            shown: None,
        };
        return order::give(&named.journal, &named.id, &message, &by, "Answered");
    }
    if run.active_steps().is_empty() {
        let message = format!("run {} does not wait for an answer", named.id);
        return Err(Trouble::usage("not-asking", message)
            .help(format!("see how far it is: cm show {}", named.id)));
    }
    let message = Message::Direct {
        step: arguments.step,
        decided: Decision::Reply(arguments.answer),
        now: arguments.now,
        by: by.clone(),
    };
    order::give(&named.journal, &named.id, &message, &by, "Said")
}

/// Words are never a yes, whichever they are.
fn no_yes(id: &str, step: &str, named: Option<&str>, kind: Option<QuestionKind>) -> Trouble {
    let (wants, possible, kind) = match kind {
        Some(QuestionKind::Permission) => ("a permission", "approve, reject", AskKind::Permission),
        _ => ("an approval", "approve, reject, revise", AskKind::Approval),
    };
    let message = format!(
        "`{}` of run {id} wants {wants}, and words are never taken for one; possible are: {possible}",
        text::one_line(step, 60)
    );
    let ways = inbox::ways(kind, id, named);
    Trouble::usage("not-possible", message).help(format!("type one of\n{}", ways.join("\n")))
}
