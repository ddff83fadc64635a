//! A run in plain lines, for logs and pipes.

use cm_driver::Observer;
use cm_orchestrator::{Event, Record, Run, StepState, StepSummary};
use cm_types::{Error, Work};

use super::{figures, table, text};

/// One line for each thing worth a line, on standard error.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    run: Run,
}

impl Plain {
    pub(crate) fn new(run: Run) -> Self {
        Self { run }
    }
}

impl Observer for Plain {
    fn see(&mut self, record: &Record) {
        self.run.apply(record.at_ms, &record.event);
        if let Some(line) = line(&self.run, &record.event) {
            eprintln!("{} {line}", figures::clock(record.at_ms));
        }
    }
}

/// The line for an event, if it is worth one. `run` has the event already.
pub(crate) fn line(run: &Run, event: &Event) -> Option<String> {
    let step = |task: u32| run.task(task).map_or("?", |task| task.place.step.as_str());
    match event {
        Event::Marked {
            place, state, note, ..
        } => {
            let note = note
                .as_deref()
                .map(|note| format!(": {}", text::one_line(note, 160)));
            let note = note.unwrap_or_default();
            let id = text::one_line(&place.step, 60);
            match state.as_str() {
                "started" => Some(format!("▸ {id}{note}")),
                "done" | "failed" | "skipped" => Some(ended(run, &place.step, &note)),
                other => Some(format!("· {id} {}{note}", text::one_line(other, 20))),
            }
        }
        Event::Retrying {
            task,
            error,
            until_ms,
        } => Some(format!(
            "… {} will be tried again at {}: {}",
            step(*task),
            figures::clock(*until_ms),
            reason(error)
        )),
        // The workflow says what it means for its own steps.
        Event::Finished {
            task,
            result: Err(_),
            ..
        } if is_marked(run, *task) => None,
        Event::Finished {
            task,
            result: Err(error),
            ..
        } => Some(format!("✘ {}: {}", step(*task), reason(error))),
        Event::Finished {
            task,
            result: Ok(reply),
            by: Some(by),
        } => Some(format!(
            "✔ {}: {} said {:?}",
            step(*task),
            text::one_line(by, 40),
            text::one_line(&reply.text, 80)
        )),
        Event::Attempted { task, .. } => match &run.task(*task)?.work {
            Work::Question(question) => Some(format!(
                "? {}: {}",
                step(*task),
                text::one_line(&question.prompt, 200)
            )),
            _ => None,
        },
        Event::Reopened { task } => Some(format!("↻ {} will be tried again", step(*task))),
        Event::Interrupted { reason } => {
            Some(format!("interrupted: {}", text::one_line(reason, 200)))
        }
        _ => None,
    }
}

/// Whether the workflow says itself how this task's step ends.
fn is_marked(run: &Run, task: u32) -> bool {
    run.task(task).is_some_and(|task| {
        let mut steps = run.outline.steps.iter();
        task.scope.is_none() && steps.any(|step| step.id == task.place.step)
    })
}

/// The line for a step that is over.
pub(crate) fn ended(run: &Run, id: &str, note: &str) -> String {
    let step = StepSummary::of(run, id);
    let (sign, took, usage) =
        step.map_or((table::sign(StepState::Done), 0, String::new()), |step| {
            (
                table::sign(step.state),
                step.took_ms,
                figures::usage(&step.usage),
            )
        });
    let mut parts = vec![format!("{sign} {}{note}", text::one_line(id, 60))];
    if took > 0 {
        parts.push(figures::duration(took));
    }
    if !usage.is_empty() {
        parts.push(usage);
    }
    parts.join("  ")
}

pub(crate) fn reason(error: &Error) -> String {
    text::one_line(&error.to_string(), 300)
}

/// A name, in one line.
pub(crate) fn word(name: &str) -> String {
    text::one_line(name, 60)
}
