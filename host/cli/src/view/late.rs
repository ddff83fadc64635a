//! What took as long as it may, in words.

use cm_orchestrator::{Clock, Event, Late, Run, Summary, Then, spoken};

use super::text;

/// The line for an event about time that is over, or about an answer that a program was
/// given, if it is worth one.
pub(crate) fn line(run: &Run, event: &Event) -> Option<String> {
    let step = |task: u32| {
        let step = run.task(task).map_or("?", |task| task.place.step.as_str());
        text::one_line(step, 60)
    };
    match event {
        Event::Late { task, late } => {
            let sign = match (late.clock, late.then) {
                (Clock::AfterAnswer, _) | (_, Then::Warned | Then::Nudged) => '!',
                (_, Then::Stopped) => '✘',
            };
            Some(format!("{sign} {} {}", step(*task), words(late)))
        }
        Event::Told {
            task,
            granted: false,
            why,
        } => {
            let tool = run.task(*task)?.wish()?;
            let why = why.as_deref().unwrap_or("nobody said why");
            Some(format!(
                "✘ {} may not use {}: {}",
                step(*task),
                text::one_line(tool, 60),
                text::one_line(why, 200)
            ))
        }
        _ => None,
    }
}

/// What has happened, behind the name of a step.
fn words(late: &Late) -> String {
    let time = spoken(late.ms);
    let key = text::one_line(&late.key, 40);
    match (late.clock, late.then) {
        (Clock::Idle, Then::Warned) => format!(
            "has said nothing for {}; it may be silent for {time} (`{key}`)",
            spoken(late.ms / 2)
        ),
        (Clock::Idle, Then::Nudged) => {
            format!("has said nothing for {time} (`{key}`): it is interrupted, and told to go on")
        }
        (Clock::Idle, Then::Stopped) => {
            format!("has said nothing for {time} (`{key}`): it is stopped")
        }
        (Clock::Total, _) => format!("took longer than the {time} it may (`{key}`): it is stopped"),
        (Clock::AfterAnswer, _) => format!(
            "gave its answer and did not leave within {time} (`{key}`): it is stopped, and its answer counts"
        ),
        (Clock::Answer, _) => format!("had no answer within {time} (`{key}`)"),
    }
}

/// What `cm show` says of it below the steps, and what should not be believed without a
/// look.
pub(crate) fn remarks(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    for step in &summary.steps {
        let id = text::one_line(&step.id, 60);
        let done = step.late.iter().filter(|late| late.then != Then::Warned);
        for late in done {
            let line = format!("! {id} {}", words(late));
            if lines.last() != Some(&line) {
                lines.push(line);
            }
        }
        for doubt in &step.doubts {
            lines.push(format!("! {id}: {}", text::one_line(doubt, 200)));
        }
    }
    lines
}
