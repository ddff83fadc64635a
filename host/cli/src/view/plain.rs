//! A run in plain lines, for logs and pipes.

use cm_driver::Observer;
use cm_orchestrator::{Event, Record, Run, StepState, StepSummary, Task};
use cm_types::{Error, QuestionKind, Work};

use super::{deciding, figures, refusal, table, text};

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
            by,
            shown,
        } => {
            let task = run.task(*task)?;
            match (&task.work, by) {
                (Work::Talk(_), _) => Some(talked(run, &reply.text)),
                (_, Some(by)) => deciding::answered(task, reply, by, shown.as_ref()),
                _ => joined(
                    helper_ended(run, task),
                    deciding::directives(&task.place.step, reply),
                ),
            }
        }
        Event::Reused { task, .. } if is_marked(run, *task) => None,
        Event::Reused {
            task, of: other, ..
        } => reused(run.task(*task)?, other),
        Event::Attempted { task, .. } => {
            let task = run.task(*task)?;
            match &task.work {
                Work::Question(question) => deciding::opened(run, task, question),
                Work::Turn(_) if is_helper(run, task) => {
                    Some(format!("▸ {}", text::one_line(&task.place.step, 60)))
                }
                _ => None,
            }
        }
        Event::Noted { item, .. } if item.kind == "warning" => {
            Some(format!("! {}", text::one_line(&item.body, 400)))
        }
        Event::Noted { item, .. } => {
            let (why, by) = refusal::of(item)?;
            Some(format!("✘ refused, {}: {why}", text::one_line(&by, 40)))
        }
        Event::Unpinned { by } => Some(format!(
            "↑ it goes on with the versions that are installed now, by {}",
            text::one_line(by, 40)
        )),
        Event::Reopened { task } => Some(format!("↻ {} will be tried again", step(*task))),
        Event::Interrupted { reason } => {
            Some(format!("interrupted: {}", text::one_line(reason, 200)))
        }
        event => deciding::line(run, event),
    }
}

/// Whether it is a turn of an agent that another one has started: no mark tells of it.
pub(crate) fn is_helper(run: &Run, task: &Task) -> bool {
    let outer = task.scope.and_then(|scope| run.task(scope));
    matches!(task.work, Work::Turn(_)) && outer.is_some_and(Task::takes_a_place)
}

/// The line for such a turn that is over.
fn helper_ended(run: &Run, task: &Task) -> Option<String> {
    if !is_helper(run, task) {
        return None;
    }
    let took = task.finished_ms?.saturating_sub(task.attempted_ms?);
    let mut parts = vec![
        format!("✔ {}", text::one_line(&task.place.step, 60)),
        figures::duration(took),
    ];
    let usage = figures::usage(&task.usage);
    parts.extend((!usage.is_empty()).then_some(usage));
    Some(parts.join("  "))
}

/// The line for work that another run has done. A word between two turns is none, nor is
/// what the host does around a step.
pub(crate) fn reused(task: &Task, other: &str) -> Option<String> {
    let around = matches!(task.work, Work::Branch(_) | Work::Merge(_) | Work::Proof(_));
    let question = task.question().map(|question| question.kind);
    (question != Some(QuestionKind::Turn) && !around).then(|| {
        let step = text::one_line(&task.place.step, 60);
        format!("✔ {step}  reused from run {}", text::one_line(other, 40))
    })
}

/// What the controller answers a person. All of it: it was asked for.
fn talked(run: &Run, said: &str) -> String {
    format!(
        "« {}: {}",
        deciding::controller(run),
        text::clean(said).trim()
    )
}

fn joined(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first}\n{second}")),
        (first, second) => first.or(second),
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
    let reused = step.as_ref().is_some_and(StepSummary::is_reused);
    // A step that was left out by what was chosen is not in the outline.
    let left_out = || {
        let mark = run.marks.iter().rev().find(|mark| mark.0.step == id);
        match mark.map(|mark| mark.1.as_str()) {
            Some("skipped") => StepState::Skipped,
            Some("failed") => StepState::Failed,
            _ => StepState::Done,
        }
    };
    let (sign, took, usage) = step.map_or_else(
        || (table::sign(left_out()), 0, String::new()),
        |step| {
            (
                table::sign(step.state),
                step.took_ms,
                figures::usage(&step.usage),
            )
        },
    );
    let mut parts = vec![format!("{sign} {}{note}", text::one_line(id, 60))];
    if reused {
        parts.push("reused".to_owned());
    }
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
