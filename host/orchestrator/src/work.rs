//! From a request to a result.

use cm_types::{Error, Failure, Placement, Policy, Reply, Work};

use crate::{
    Command, Event, Task, TaskKey, TaskState,
    core::{MAX_TASKS, Turn},
};

impl Turn<'_> {
    pub(crate) fn request(
        &mut self,
        scope: Option<u32>,
        place: Placement,
        work: Work,
        policy: Policy,
    ) {
        if self.is_live(scope) && !self.is_running(scope) {
            let message = format!(
                "step `{}` wants more work done and has been stopped",
                place.step
            );
            return self.refuse(Failure::new("not-at-work", message));
        }
        let work = self.prompted(scope, &place, work);
        let work = self.resolve(work);
        let content = self.content(scope, &work);
        let key = loop {
            let ordinal = self.pass(scope).request(content);
            let key = TaskKey { content, ordinal };
            let known = self.core.run.find(scope, &key);
            let known = known.and_then(|id| self.task(id));
            // In a conversation that goes on, what was answered was answered: the same
            // words again mean another piece of work.
            let spent = known.is_some_and(Task::is_spent);
            let over = known.is_some_and(|task| task.result().is_some());
            if !(spent || self.pass_goes_on(scope) && over) {
                break key;
            }
        };
        let occurrence = match &work {
            Work::Turn(turn) => self.pass(scope).turn(&turn.agent),
            _ => 0,
        };
        let id = match self.core.run.find(scope, &key) {
            Some(id) => id,
            None => match self.enter(scope, key, occurrence, place, work, policy) {
                Some(id) => {
                    self.reuse(id);
                    id
                }
                None => return,
            },
        };
        self.decision.task = Some(id);
        self.want(id);
    }

    /// A task that the run does not have yet.
    pub(crate) fn enter(
        &mut self,
        scope: Option<u32>,
        key: TaskKey,
        occurrence: u32,
        place: Placement,
        work: Work,
        policy: Policy,
    ) -> Option<u32> {
        if self.core.run.tasks.len() >= MAX_TASKS {
            self.refuse(Failure::new(
                "too-many-tasks",
                format!("the run has {MAX_TASKS} tasks already; is a loop without an end?"),
            ));
            return None;
        }
        let task = self.core.run.tasks.len() as u32;
        let work = Box::new(work);
        self.append(Event::Requested {
            task,
            scope,
            key,
            occurrence,
            place,
            work,
            policy,
        });
        self.core.wanted.push(false);
        Some(task)
    }

    /// A guest waits for this task, or will: see to it that it goes on.
    pub(crate) fn want(&mut self, id: u32) {
        let Some(wanted) = self.core.wanted.get_mut(id as usize) else {
            return;
        };
        if std::mem::replace(wanted, true) {
            return;
        }
        match self.task(id).map(|task| &task.state) {
            Some(TaskState::Queued) => self.core.queue.push_back(id),
            Some(TaskState::Waiting { until_ms }) => {
                let at_ms = *until_ms;
                self.command(Command::Wake { task: id, at_ms });
            }
            _ => {}
        }
    }

    pub(crate) fn ended(&mut self, id: u32, result: Result<Reply, Error>) {
        let was_at_work = self.core.at_work.remove(&id);
        if self.talk_ended(id, &result) {
            return;
        }
        let Some(task) = self.task(id) else { return };
        match (&task.state, &task.held) {
            (TaskState::Running, _) => {}
            // It was over before it could be stopped, and nothing is to be said to it.
            (TaskState::Queued, Some(hold)) if was_at_work && result.is_ok() => {
                if hold.say.is_none() {
                    self.finish(id, result);
                }
                return;
            }
            _ => return,
        }
        let error = match result {
            Ok(reply) => return self.finish(id, Ok(reply)),
            Err(error) => error,
        };
        match self.after(id, error.clone()) {
            Ok(until_ms) => {
                self.append(Event::Retrying {
                    task: id,
                    error,
                    until_ms,
                });
                self.command(Command::Wake {
                    task: id,
                    at_ms: until_ms,
                });
                self.suspend_children(id);
            }
            Err(error) => {
                // A guest that was stopped did not wait for what it had asked for.
                let is_step = |task: &Task| matches!(task.work, Work::Step(_));
                let stopped = error.failure().is_none_or(|it| it.code == "timeout");
                let left = stopped && self.task(id).is_some_and(is_step);
                self.finish(id, Err(error));
                if left {
                    self.end_children(id);
                }
            }
        }
    }

    /// The task is over, and so is what it asked for while it was at work.
    pub(crate) fn finish(&mut self, id: u32, result: Result<Reply, Error>) {
        self.core.queue.retain(|queued| *queued != id);
        self.append(Event::Finished {
            task: id,
            result,
            by: None,
            shown: None,
        });
        if self.is_live(Some(id)) {
            self.end_children(id);
        }
    }

    pub(crate) fn cancel(&mut self, id: u32) {
        match self.task(id).map(|task| &task.state) {
            // What comes of it comes with its end.
            Some(TaskState::Running) => self.command(Command::Stop { task: id }),
            Some(TaskState::Finished { .. }) | None => {}
            Some(_) => {
                self.withdraw(id);
                self.finish(id, Err(Error::Cancelled));
            }
        }
    }

    pub(crate) fn woke(&mut self, id: u32) {
        let Some(task) = self.task(id) else { return };
        if task.is_open() {
            return self.unanswered(id);
        }
        if !matches!(task.state, TaskState::Waiting { until_ms } if until_ms <= self.now_ms) {
            return;
        }
        match task.work {
            Work::Timer(_) => self.finish(id, Ok(Reply::default())),
            _ if self.core.queue.contains(&id) => {}
            _ => self.core.queue.push_back(id),
        }
    }
}
