use cm_journal::{JournalError, Message};
use cm_orchestrator::{Core, Input, TaskState};

use super::show;
use crate::{arguments::Reply, exit::Exit, person, place, trouble::Trouble, view::text};

pub(crate) fn run(arguments: Reply) -> Result<Exit, Trouble> {
    let journal = place::journal_with_runs(arguments.place.dir.as_deref())?;
    let id = show::find(&journal, &arguments.run)?;
    let run = show::load(&journal, &id)?;
    let asking: Vec<_> = run
        .tasks
        .iter()
        .filter(|task| task.state == TaskState::Asking)
        .collect();
    let wanted = |step: &str| {
        arguments
            .step
            .as_deref()
            .is_none_or(|wanted| wanted == step)
    };
    let fitting: Vec<_> = asking
        .iter()
        .filter(|task| wanted(&task.place.step))
        .collect();
    let steps: Vec<_> = asking
        .iter()
        .map(|task| text::one_line(&task.place.step, 60))
        .collect();
    let task = match fitting.as_slice() {
        [task] => task.id,
        [] if asking.is_empty() => {
            return Err(Trouble::usage(
                "not-asking",
                format!("run {id} does not wait for an answer"),
            ));
        }
        [] => {
            let message = format!("that step does not ask; these do: {}", steps.join(", "));
            return Err(Trouble::usage("not-asking", message));
        }
        _ => {
            let message = format!("several steps of run {id} ask: {}", steps.join(", "));
            return Err(Trouble::usage("which-step", message).help("say which with --step STEP"));
        }
    };
    let answer = Input::Answer {
        task,
        text: arguments.answer.clone(),
        by: person::name(),
    };
    let mut core = Core::new(id.clone(), run);
    let now_ms = cm_effects::timer::now_ms();
    let decision = core.decide(now_ms, answer);
    if let Some(failure) = decision.refused {
        return Err(Trouble::usage(&failure.code, failure.message));
    }
    // Whoever drives the run takes it; when nobody does, it is written down here.
    match journal.lease(&id) {
        Ok(_lease) => {
            journal
                .append(&id, now_ms, decision.events)
                .wait_blocking()?;
            eprintln!("Answered. Go on with: cm resume {id}");
        }
        Err(JournalError::Busy { .. }) => {
            let message = Message::Answer {
                task,
                text: arguments.answer,
                by: person::name(),
            };
            journal.send(&id, &message)?;
            eprintln!("Answered; the run goes on where it is driven.");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Done)
}
