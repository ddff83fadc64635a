//! What can be asked of a run.

use std::collections::{HashMap, HashSet};

use cm_types::{Decision, Digest, QuestionKind, Reply, Work};

use crate::{Process, Run, RunEnd, Status, Task, TaskState};

impl Run {
    /// How far it is, as the journal has it. A run whose process was lost still says
    /// `Running`: only who knows whether somebody drives it can tell.
    pub fn status(&self) -> Status {
        match &self.end {
            Some(RunEnd::Done { .. }) => return Status::Done,
            Some(RunEnd::Failed { .. }) => return Status::Failed,
            Some(RunEnd::Cancelled { .. }) => return Status::Cancelled,
            None => {}
        }
        if self.interrupted.is_some() {
            return Status::Interrupted;
        }
        let any =
            |wanted: fn(&TaskState) -> bool| self.tasks.iter().any(|task| wanted(&task.state));
        let controller_waits = self.waits_for_controller().is_some();
        if any(|state| *state == TaskState::Running)
            || !controller_waits && any(|state| *state == TaskState::Judging)
        {
            Status::Running
        } else if self.paused.is_some() {
            Status::Paused
        } else if any(|state| matches!(state, TaskState::Asking)) {
            Status::Asking
        } else if controller_waits || any(|state| matches!(state, TaskState::Waiting { .. })) {
            Status::Waiting
        } else {
            Status::Running
        }
    }

    /// Programs that may still be there, for a driver that takes the run over.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.tasks.iter().filter_map(|task| task.process.as_ref())
    }

    /// Questions that wait for a person.
    pub fn open_questions(&self) -> impl Iterator<Item = &Task> {
        let asking = |task: &&Task| task.state == TaskState::Asking;
        self.tasks.iter().filter(asking)
    }

    /// Whether something that was asked for in this task, at any depth, waits for the
    /// answer to a question.
    pub fn asks_within(&self, task: u32) -> bool {
        let mut later = self.tasks.iter().skip(task as usize + 1);
        later.any(|it| it.is_open() && self.is_within(it, task))
    }

    /// The steps at which something goes on, asks or waits, without those that agents
    /// started themselves.
    pub fn active_steps(&self) -> Vec<&str> {
        self.steps_of(|task| match task.state {
            TaskState::Queued => task.held.is_some(),
            TaskState::Finished { .. } => false,
            _ => true,
        })
    }

    pub(crate) fn steps_of(&self, wanted: impl Fn(&Task) -> bool) -> Vec<&str> {
        let mut steps = Vec::new();
        for task in &self.tasks {
            let step = self.root(task).place.step.as_str();
            let talk = matches!(task.work, Work::Talk(_));
            if !talk && wanted(task) && !steps.contains(&step) {
                steps.push(step);
            }
        }
        steps
    }

    /// The reply that a question is about.
    pub fn about(&self, task: u32) -> Option<&Reply> {
        let about = self.task(task)?.question()?.about?;
        self.task(about)?.result()?.as_ref().ok()
    }

    /// The digest of everything that is shown to whoever answers a question.
    pub fn shown(&self, task: u32) -> Option<Digest> {
        let question = self.task(task)?.question()?;
        let shown = (
            question.kind.as_str(),
            &question.prompt,
            &question.details,
            &question.choices,
            self.about(task).map(|reply| &reply.text),
        );
        serde_json::to_vec(&shown)
            .ok()
            .map(|bytes| Digest::of(&bytes))
    }

    /// Why nobody else can drive: `never` or `always`, as the workflow's `autonomous` has it.
    pub fn mode_lock(&self) -> Option<&str> {
        let word = self.outline.autonomous.as_str();
        matches!(word, "never" | "always").then_some(word)
    }

    /// The task of the workflow itself in which this one was asked for.
    pub(crate) fn root<'run>(&'run self, task: &'run Task) -> &'run Task {
        // A scope is always an earlier task, so this ends whatever the journal says.
        let mut task = task;
        while let Some(scope) = task.scope.filter(|scope| *scope < task.id)
            && let Some(outer) = self.task(scope)
        {
            task = outer;
        }
        task
    }

    /// Whether this task was asked for in that one, or in one that was asked for in it.
    pub(crate) fn is_within(&self, task: &Task, outer: u32) -> bool {
        let mut scope = task.scope;
        while let Some(id) = scope.filter(|id| *id >= outer) {
            if id == outer {
                return true;
            }
            scope = self
                .task(id)
                .and_then(|task| task.scope)
                .filter(|next| *next < id);
        }
        false
    }

    /// The tasks whose results made the run fail: those that gave an error, those at
    /// which somebody stopped it, and the last work of each step that is marked as failed.
    pub fn failed_tasks(&self) -> Vec<u32> {
        let was_stopped = matches!(&self.end, Some(RunEnd::Failed { error })
            if error.failure().is_some_and(|failure| failure.code == "stopped"));
        let mut last_mark = HashMap::new();
        for (place, state, _) in &self.marks {
            last_mark.insert(place.step.as_str(), state.as_str());
        }
        // The gate after a turn only says how it goes on; what failed is the turn.
        let is_gate = |task: &Task| {
            task.question()
                .is_some_and(|q| q.kind == QuestionKind::Turn)
        };
        let mut last_work = HashMap::new();
        for task in self.tasks.iter().filter(|task| task.scope.is_none()) {
            if !is_gate(task) {
                last_work.insert(task.place.step.as_str(), task.id);
            }
        }
        let is_stop = |task: &Task| {
            let reply = task.result().and_then(|result| result.as_ref().ok());
            was_stopped
                && reply.is_some_and(|reply| matches!(reply.decision, Some(Decision::Stop(_))))
        };
        // There only the decision is asked for again: the work it was about is good.
        let stopped = self.tasks.iter().filter(|task| is_stop(task));
        let stopped: HashSet<_> = stopped.map(|task| task.place.step.as_str()).collect();
        let failed = |task: &&Task| match task.result() {
            None => false,
            Some(Err(_)) => true,
            Some(Ok(_)) => {
                let step = task.place.step.as_str();
                is_stop(task)
                    || task.scope.is_none()
                        && !stopped.contains(step)
                        && last_mark.get(step) == Some(&"failed")
                        && last_work.get(step).is_some_and(|last| task.id >= *last)
            }
        };
        self.tasks
            .iter()
            .filter(failed)
            .map(|task| task.id)
            .collect()
    }
}
