use cm_journal::Message;
use cm_orchestrator::{Run, Task};
use cm_types::{Decision, QuestionKind, Span};
use dialoguer::{Confirm, theme::ColorfulTheme};

use super::{
    order,
    target::{self, Named},
};
use crate::{
    arguments::Approve, exit::Exit, person, preparation::prompt::somebody_is_there,
    trouble::Trouble, view::text,
};

pub(crate) fn run(arguments: &Approve) -> Result<Exit, Trouble> {
    let target = &arguments.target;
    let (named, run) = Named::open(&target.run, target.place.dir.as_deref())?;
    let id = &named.id;
    let wants_a_yes = |kind| {
        let spanned = kind == QuestionKind::Permission;
        spanned || kind == QuestionKind::Approval && arguments.span.is_none()
    };
    let Some(task) = target::question(id, &run, target.step.as_deref(), wants_a_yes)? else {
        let what = match arguments.span {
            Some(_) => "asks for no permission that could be given with --for",
            None => "wants nothing approved",
        };
        let message = format!("run {id} {what}");
        let trouble = Trouble::usage("nothing-to-approve", message);
        return Err(trouble.help(format!("see what it waits for: cm show {id}")));
    };
    let shown = run.shown(task.id);
    show(&run, task);
    if let Some(shown) = &shown {
        eprintln!("{shown}");
    }
    let is_permission =
        task.question().map(|question| question.kind) == Some(QuestionKind::Permission);
    // Who says for how long has said yes.
    if !arguments.yes && arguments.span.is_none() {
        agree(id, is_permission)?;
    }
    let span = arguments.span.as_deref().and_then(Span::of);
    let by = person::name();
    let message = Message::Answer {
        task: task.id,
        answer: Decision::approve_for(span.unwrap_or_default()),
        by: by.clone(),
        shown,
    };
    order::give(&named.journal, id, &message, &by, "Approved")
}

/// All that is approved: nothing of it is cut.
fn show(run: &Run, task: &Task) {
    let Some(question) = task.question() else {
        return;
    };
    if let Some(reply) = run.about(task.id) {
        eprintln!("{}\n", text::clean(&reply.text));
    }
    if let Some(details) = &question.details {
        eprintln!("{}\n", text::clean(details));
    }
    eprintln!(
        "{}: {}",
        text::one_line(&task.place.step, 60),
        text::clean(&question.prompt)
    );
}

fn agree(id: &str, is_permission: bool) -> Result<(), Trouble> {
    if !somebody_is_there() {
        let message = "nobody is there to be asked; nothing was approved";
        return Err(Trouble::usage("not-agreed", message).help(format!(
            "approve without being asked: cm approve {id} --yes"
        )));
    }
    let theme = ColorfulTheme::default();
    let confirm = Confirm::with_theme(&theme)
        .with_prompt(match is_permission {
            true => "Allow this, once?",
            false => "Approve this?",
        })
        .default(false);
    match confirm.interact_opt() {
        Ok(Some(true)) => Ok(()),
        _ => Err(
            Trouble::new("not-agreed", "nothing was approved").help(format!(
                "say no: cm reject {id} REASON{}",
                match is_permission {
                    true => format!("\nfor longer: cm approve {id} --for step|run"),
                    false => format!("\nhave it changed: cm revise {id} TEXT"),
                }
            )),
        ),
    }
}
