//! A run that nobody drives: what can be decided in it all the same.

use cm_orchestrator::{Event, Input, Run, Task};
use cm_types::{Decision, QuestionKind};

use super::order;
use crate::{trouble::Trouble, view::text};

/// What follows from a decision that nobody asked for. Without a driver nothing is at
/// work: there are questions that were left open, and agents that will go on.
pub(crate) fn direct(
    id: &str,
    run: &Run,
    step: Option<&str>,
    decision: &Decision,
    by: &str,
) -> Result<Vec<Event>, Trouble> {
    let here = |task: &&Task| step.is_none_or(|step| step == task.place.step);
    let fits = |task: &&Task| {
        let kind = task.question().map(|question| question.kind);
        task.is_open() && kind.is_some_and(|kind| takes(kind, decision))
    };
    let open = run.tasks.iter().filter(here).filter(fits);
    let open: Vec<_> = open.collect();
    match (open.as_slice(), decision) {
        ([task], _) => {
            let answer = Input::Answer {
                task: task.id,
                decision: decision.clone(),
                by: by.to_owned(),
                shown: None,
            };
            order::decide(id, run, answer)
        }
        ([], Decision::Reply(said)) => steer(id, run, step, said, by),
        ([], _) => Err(nothing(id, run, step, decision)),
        (many, _) => {
            let steps: Vec<_> = many
                .iter()
                .map(|task| text::one_line(&task.place.step, 60))
                .collect();
            let message = format!("several steps of run {id} ask: {}", steps.join(", "));
            Err(Trouble::usage("which-step", message).help("say which with --step STEP"))
        }
    }
}

/// Whether a question of this kind is what the decision is about.
fn takes(kind: QuestionKind, decision: &Decision) -> bool {
    match decision {
        Decision::Next => matches!(kind, QuestionKind::Turn | QuestionKind::Checkpoint),
        Decision::Approve | Decision::Reject(_) => {
            matches!(kind, QuestionKind::Approval | QuestionKind::Permission)
        }
        Decision::Revise(_) => kind == QuestionKind::Approval,
        Decision::Reply(_) => matches!(kind, QuestionKind::Turn | QuestionKind::Question),
        _ => true,
    }
}

/// Words for an agent that was at work: it is told them when its turn is over.
fn steer(
    id: &str,
    run: &Run,
    step: Option<&str>,
    said: &str,
    by: &str,
) -> Result<Vec<Event>, Trouble> {
    let active = run.active_steps();
    let step = match (step, active.as_slice()) {
        (Some(step), active) if active.contains(&step) => step,
        (None, [only]) => *only,
        (None, [_, _, ..]) => {
            let message = format!(
                "several steps of run {id} are at work: {}",
                active.join(", ")
            );
            return Err(Trouble::usage("which-step", text::clean(&message))
                .help("say which with --step STEP"));
        }
        _ => {
            let decision = Decision::Reply(said.to_owned());
            return Err(nothing(id, run, step, &decision));
        }
    };
    Ok(vec![Event::Steered {
        step: step.to_owned(),
        text: said.to_owned(),
        by: by.to_owned(),
    }])
}

fn nothing(id: &str, run: &Run, step: Option<&str>, decision: &Decision) -> Trouble {
    let what = match step {
        Some(step) => format!("step `{}` of run {id}", text::one_line(step, 60)),
        None => format!("run {id}"),
    };
    let open: Vec<_> = run
        .tasks
        .iter()
        .filter(|task| task.is_open())
        .filter_map(|task| {
            let kind = task.question()?.kind.as_str();
            Some(format!("{} ({kind})", text::one_line(&task.place.step, 60)))
        })
        .collect();
    let asking = match open.is_empty() {
        true => "nothing is asked there, and nobody drives it".to_owned(),
        false => format!("these ask: {}", open.join(", ")),
    };
    let message = format!("{what} has nothing to {} now: {asking}", decision.word());
    Trouble::usage("not-asking", message).help(format!(
        "see how far it is: cm show {id}\ngo on with it, then say it: cm resume {id}"
    ))
}

#[cfg(test)]
mod tests;
