//! What a controller is shown.

use std::collections::BTreeMap;

use cm_types::{Observation, Options, QuestionKind, Usage, Work};

use crate::{Run, Task};

/// What the controller is asked about this task.
pub(crate) fn of(run: &Run, id: u32) -> Observation {
    let Some(task) = run.task(id) else {
        return Observation::default();
    };
    let step = task.place.step.clone();
    match &task.work {
        Work::Talk(talk) => Observation {
            step,
            kind: "talk".to_owned(),
            speaker: talk.by.clone(),
            text: talk.text.clone(),
            ..Observation::default()
        },
        Work::Question(question) => {
            let said = run.about(id).map(|reply| reply.text.clone());
            let mut options = known(run, task);
            let mut tell = |name: &str, value: &Option<String>| {
                if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                    options.push((name.to_owned(), value.clone()));
                }
            };
            tell("details", &question.details);
            let prompt = Some(question.prompt.clone());
            let text = match (question.kind, said) {
                (QuestionKind::Turn, Some(said)) => {
                    tell("prompt", &prompt);
                    Some(said)
                }
                (_, said) => {
                    tell("about", &said);
                    prompt
                }
            };
            Observation {
                step,
                kind: question.kind.as_str().to_owned(),
                speaker: question.speaker.clone().unwrap_or_default(),
                text: text.unwrap_or_default(),
                choices: question.choices.clone(),
                options,
            }
        }
        _ => Observation::default(),
    }
}

/// What the run can tell.
fn known(run: &Run, task: &Task) -> Options {
    let mut usage = Usage::default();
    run.tasks.iter().for_each(|task| usage.add(&task.usage));
    let turns = run.replies.get(&task.place.step).copied().unwrap_or(0);
    let mut options = vec![
        ("turns".to_owned(), turns.to_string()),
        ("tokens".to_owned(), usage.tokens().to_string()),
    ];
    if let Some(cost) = usage.cost_usd {
        options.push(("cost-usd".to_owned(), cost.to_string()));
    }
    let failed = failed_steps(run);
    if !failed.is_empty() {
        options.push(("failed".to_owned(), failed.join(", ")));
    }
    let about = task.question().and_then(|question| question.about);
    if let Some(Work::Turn(turn)) = about.and_then(|id| run.task(id)).map(|task| &task.work)
        && let Some(engine) = &turn.engine
    {
        options.push(("engine".to_owned(), engine.clone()));
    }
    let reply = run.about(task.id).into_iter();
    let mut proposals = reply.flat_map(|reply| &reply.options);
    if let Some(proposal) = proposals.find(|(name, _)| name == "proposal") {
        options.push(proposal.clone());
    }
    options
}

/// The steps whose last result was a failure.
fn failed_steps(run: &Run) -> Vec<&str> {
    let mut last = BTreeMap::new();
    for task in &run.tasks {
        let step = task.place.step.as_str();
        match (&task.work, task.result()) {
            (Work::Question(_) | Work::Talk(_) | Work::Timer(_), _) | (_, None) => {}
            (_, Some(Err(_))) => {
                last.insert(step, true);
            }
            (_, Some(Ok(reply))) => {
                last.insert(step, reply.code.is_some_and(|code| code != 0));
            }
        }
    }
    let failed = last.into_iter().filter(|(_, failed)| *failed);
    failed.map(|(step, _)| step).collect()
}
