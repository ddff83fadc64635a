use cm_types::{OutlineStep, QuestionKind, Usage, Work};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Approval, Late, Run, Status, Task, TaskState};

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
    /// Who decided on what it wants approved, when somebody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// How many pieces of work it has had.
    pub tasks: u32,
    /// How often one was sent out; copies, merges and proofs do not count.
    pub attempts: u32,
    /// What took as long as it may, and what was done about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Late>,
    /// Why its success should not be believed without a look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// How many of them another run has done.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reused: u32,
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
    /// Waits for the controller.
    Judging,
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
        summary.remark();
        if matches!(run.status(), Status::Cancelled | Status::Interrupted) {
            summary.stop();
        }
        Some(summary)
    }

    /// Says who decided, where nothing else is said.
    pub(crate) fn remark(&mut self) {
        if self.note.is_none() {
            self.note = self.approval.as_ref().map(Approval::note);
        }
    }

    /// Nothing goes on any more.
    pub(crate) fn stop(&mut self) {
        if matches!(
            self.state,
            StepState::Running | StepState::Asking | StepState::Judging | StepState::Waiting
        ) {
            self.state = StepState::Stopped;
            self.since_ms = None;
        }
    }

    pub(crate) fn planned(step: &OutlineStep) -> Self {
        Self {
            id: step.id.clone(),
            kind: step.kind.clone(),
            label: step.label.clone(),
            parent: step.parent.clone(),
            engine: step.engine.clone(),
            ..Self::new()
        }
    }

    pub(crate) fn new() -> Self {
        Self {
            id: String::new(),
            kind: String::new(),
            label: String::new(),
            parent: None,
            engine: None,
            state: StepState::Pending,
            note: None,
            approval: None,
            tasks: 0,
            attempts: 0,
            late: Vec::new(),
            doubts: Vec::new(),
            reused: 0,
            calls: 0,
            usage: Usage::default(),
            took_ms: 0,
            since_ms: None,
        }
    }

    /// Whether another run has done all that it has had to do.
    pub fn is_reused(&self) -> bool {
        self.reused > 0 && self.reused == self.tasks
    }

    /// Whether it is work of the step's own: a word between two turns is not.
    pub(crate) fn counts(task: &Task) -> bool {
        match &task.work {
            Work::Talk(_) => false,
            Work::Question(question) => !matches!(
                question.kind,
                QuestionKind::Turn | QuestionKind::Checkpoint | QuestionKind::Permission
            ),
            _ => true,
        }
    }

    /// How often it was sent out; what the host does around a step does not count.
    pub(crate) fn attempts(task: &Task) -> u32 {
        match task.work {
            Work::Branch(_) | Work::Merge(_) | Work::Proof(_) => 0,
            _ => task.attempts,
        }
    }

    pub(crate) fn add(&mut self, task: &Task) {
        let counts = Self::counts(task);
        if task
            .question()
            .is_some_and(|question| question.kind == QuestionKind::Approval)
        {
            // One that is asked again has nothing yet.
            self.approval = Approval::of(task);
        }
        if counts {
            self.tasks += 1;
            self.attempts += Self::attempts(task);
            self.reused += u32::from(task.reused.is_some());
        }
        if task.question().is_none() {
            // Of questions these are the controller's.
            self.calls = self.calls.saturating_add(task.calls);
            self.usage.add(&task.usage);
        }
        self.late.extend(task.late.iter().cloned());
        self.doubts.extend(task.doubt());
        if let Work::Turn(turn) = &task.work {
            self.engine.clone_from(&turn.engine);
        }
        match (&task.state, task.attempted_ms, task.finished_ms) {
            (TaskState::Finished { .. }, Some(from), Some(to)) if counts => {
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
            (TaskState::Judging, from, _) => {
                self.state = StepState::Judging;
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
    pub(crate) fn of_mark(state: &str) -> Self {
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
            Self::Judging => "judging",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Stopped => "stopped",
        }
    }
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}
