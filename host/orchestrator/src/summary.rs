use std::collections::HashMap;

use cm_types::{OutlineStep, Usage, Work};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Run, Status, Task, TaskState};

/// A run at a glance: the steps of its workflow and what became of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// How far the run is.
    pub status: Status,
    /// The workflow's name for people.
    pub name: String,
    /// Its steps, in the order they are written.
    pub steps: Vec<StepSummary>,
    /// Tokens and money of all tasks and all attempts.
    pub usage: Usage,
    /// How many pieces of work are over.
    pub finished: u32,
    /// How often a piece of work was sent out.
    pub attempts: u32,
    /// When it began: milliseconds since 1970 (UTC).
    pub started_ms: u64,
    /// When something last happened: milliseconds since 1970 (UTC).
    pub updated_ms: u64,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepSummary {
    /// The step's id.
    pub id: String,
    /// `agent`, `run`, `ask`, `step`, `parallel`, …
    pub kind: String,
    /// What to call it.
    pub label: String,
    /// The group it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The engine of its last turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// How far it is.
    pub state: StepState,
    /// Why, if there is something to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How many pieces of work it has had.
    pub tasks: u32,
    /// How often one was sent out.
    pub attempts: u32,
    /// Tools its agents used.
    pub calls: u32,
    /// Tokens and money.
    pub usage: Usage,
    /// Time its work took, in milliseconds, without what still goes on.
    pub took_ms: u64,
    /// Since when it has been at work: milliseconds since 1970 (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<u64>,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Not begun.
    #[default]
    Pending,
    /// At work.
    Running,
    /// Waits for a person.
    Asking,
    /// Waits for a time.
    Waiting,
    /// Over.
    Done,
    /// Over, without success.
    Failed,
    /// Passed over.
    Skipped,
    /// At work when the run was stopped or cancelled.
    Stopped,
}

impl Summary {
    /// The summary of a run.
    pub fn of(run: &Run) -> Self {
        let mut steps: Vec<StepSummary> = Vec::new();
        let mut index = HashMap::new();
        for step in &run.outline.steps {
            index.insert(step.id.clone(), steps.len());
            steps.push(StepSummary::planned(step));
        }
        let mut at =
            |id: &str, parent: &Option<String>, kind: &str, steps: &mut Vec<StepSummary>| {
                *index.entry(id.to_owned()).or_insert_with(|| {
                    steps.push(StepSummary {
                        id: id.to_owned(),
                        kind: kind.to_owned(),
                        label: id.to_owned(),
                        parent: parent.clone(),
                        ..StepSummary::new()
                    });
                    steps.len() - 1
                })
            };
        for (place, state, note) in &run.marks {
            let position = at(&place.step, &place.parent, "step", &mut steps);
            steps[position].state = StepState::of_mark(state);
            steps[position].note.clone_from(note);
        }
        let mut usage = Usage::default();
        let (mut finished, mut attempts) = (0, 0);
        for task in &run.tasks {
            let position = at(
                &task.place.step,
                &task.place.parent,
                task.work.kind(),
                &mut steps,
            );
            steps[position].add(task);
            usage.add(&task.usage);
            finished += u32::from(task.result().is_some());
            attempts += task.attempts;
        }
        if matches!(run.status(), Status::Cancelled | Status::Interrupted) {
            steps.iter_mut().for_each(StepSummary::stop);
        }
        Self {
            status: run.status(),
            name: run.outline.name.clone(),
            steps,
            usage,
            finished,
            attempts,
            started_ms: run.started_ms,
            updated_ms: run.updated_ms,
        }
    }
}

impl StepSummary {
    /// One step of a run; none when it is not in the workflow's outline.
    pub fn of(run: &Run, id: &str) -> Option<Self> {
        let step = run.outline.steps.iter().find(|step| step.id == id)?;
        let mut summary = Self::planned(step);
        if let Some((_, state, note)) = run.marks.iter().rev().find(|mark| mark.0.step == id) {
            summary.state = StepState::of_mark(state);
            summary.note.clone_from(note);
        }
        let tasks = run.tasks.iter().filter(|task| task.place.step == id);
        tasks.for_each(|task| summary.add(task));
        if matches!(run.status(), Status::Cancelled | Status::Interrupted) {
            summary.stop();
        }
        Some(summary)
    }

    /// Nothing goes on any more.
    fn stop(&mut self) {
        if matches!(
            self.state,
            StepState::Running | StepState::Asking | StepState::Waiting
        ) {
            self.state = StepState::Stopped;
            self.since_ms = None;
        }
    }

    fn planned(step: &OutlineStep) -> Self {
        Self {
            id: step.id.clone(),
            kind: step.kind.clone(),
            label: step.label.clone(),
            parent: step.parent.clone(),
            engine: step.engine.clone(),
            ..Self::new()
        }
    }

    fn new() -> Self {
        Self {
            id: String::new(),
            kind: String::new(),
            label: String::new(),
            parent: None,
            engine: None,
            state: StepState::Pending,
            note: None,
            tasks: 0,
            attempts: 0,
            calls: 0,
            usage: Usage::default(),
            took_ms: 0,
            since_ms: None,
        }
    }

    fn add(&mut self, task: &Task) {
        self.tasks += 1;
        self.attempts += task.attempts;
        self.calls += task.calls;
        self.usage.add(&task.usage);
        if let Work::Turn(turn) = &task.work {
            self.engine.clone_from(&turn.engine);
        }
        match (&task.state, task.attempted_ms, task.finished_ms) {
            (TaskState::Finished { .. }, Some(from), Some(to)) => {
                self.took_ms += to.saturating_sub(from);
            }
            (TaskState::Running, from, _) => {
                self.state = StepState::Running;
                self.since_ms = from;
            }
            (TaskState::Asking, from, _) => {
                self.state = StepState::Asking;
                self.since_ms = from;
            }
            (TaskState::Waiting { .. }, from, _) => {
                self.state = StepState::Waiting;
                self.since_ms = from;
            }
            _ => {}
        }
    }
}

impl StepState {
    fn of_mark(state: &str) -> Self {
        match state {
            "done" => Self::Done,
            "failed" => Self::Failed,
            "skipped" => Self::Skipped,
            _ => Self::Running,
        }
    }

    /// The word for people and for `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Asking => "asking",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Stopped => "stopped",
        }
    }
}
