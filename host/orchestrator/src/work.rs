//! From a request to a result.

use std::collections::VecDeque;

use cm_types::{Error, Failure, Placement, Policy, Reply, Work};

use crate::{
    Attempt, Command, Event, TaskKey, TaskState,
    core::{MAX_TASKS, Turn},
    wait_ms,
};

impl Turn<'_> {
    pub(crate) fn request(
        &mut self,
        scope: Option<u32>,
        place: Placement,
        work: Work,
        policy: Policy,
    ) {
        let work = self.resolve(work);
        let content = TaskKey::new(&work, 0).content;
        let ordinal = self.pass(scope).request(content);
        let key = TaskKey { content, ordinal };
        let occurrence = match &work {
            Work::Turn(turn) => self.pass(scope).turn(&turn.agent),
            _ => 0,
        };
        let id = match self.core.run.find(scope, &key) {
            Some(id) => id,
            None => {
                if self.core.run.tasks.len() >= MAX_TASKS {
                    self.refuse(Failure::new(
                        "too-many-tasks",
                        format!("the run has {MAX_TASKS} tasks already; is a loop without an end?"),
                    ));
                    return;
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
                task
            }
        };
        self.decision.task = Some(id);
        self.want(id);
    }

    /// The work with the engine and model that it will really use.
    pub(crate) fn resolve(&self, work: Work) -> Work {
        let (Work::Turn(mut turn), Some(start)) = (work.clone(), &self.core.run.start) else {
            return work;
        };
        let named = turn
            .engine
            .take()
            .unwrap_or_else(|| start.default_engine.clone());
        let engine = start.engine.clone().unwrap_or_else(|| named.clone());
        if engine != named {
            // A model's name means nothing to another engine.
            turn.model = None;
        }
        turn.engine = Some(engine);
        if let Some(model) = &start.model {
            turn.model = Some(model.clone());
        }
        Work::Turn(turn)
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
                self.decision
                    .commands
                    .push(Command::Wake { task: id, at_ms });
            }
            _ => {}
        }
    }

    /// Sends out what is queued, as far as there is room.
    pub(crate) fn send_out(&mut self) {
        if self.core.closed {
            return;
        }
        let room = self
            .core
            .run
            .start
            .as_ref()
            .map_or(1, |start| start.parallel.max(1)) as usize;
        let mut later = VecDeque::new();
        while let Some(id) = self.core.queue.pop_front() {
            let Some(task) = self.task(id) else { continue };
            if task.takes_a_place() {
                if self.core.busy >= room {
                    later.push_back(id);
                    continue;
                }
                self.core.busy += 1;
            }
            self.send(id);
        }
        self.core.queue = later;
    }

    pub(crate) fn send(&mut self, id: u32) {
        let Some(task) = self.task(id) else { return };
        let attempt = task.attempts.saturating_add(1);
        let out = Box::new(Attempt {
            task: id,
            attempt,
            occurrence: task.occurrence,
            idempotency: task.key.idempotency(&self.core.id),
            place: task.place.clone(),
            work: task.work.clone(),
            policy: task.policy.clone(),
        });
        self.append(Event::Attempted { task: id, attempt });
        match &out.work {
            Work::Question(question) => {
                let yes = self.core.run.start.as_ref().is_some_and(|start| start.yes);
                let default = question
                    .default
                    .clone()
                    .or_else(|| question.choices.first().cloned());
                match default {
                    Some(text) if yes => self.finish(id, Ok(said(text)), Some("--yes".into())),
                    _ => self.decision.commands.push(Command::Ask(out)),
                }
            }
            Work::Timer(_) => {
                if let Some(TaskState::Waiting { until_ms }) = self.task(id).map(|task| &task.state)
                {
                    let at_ms = *until_ms;
                    self.decision
                        .commands
                        .push(Command::Wake { task: id, at_ms });
                }
            }
            Work::Turn(_) | Work::Command(_) | Work::Step(_) => {
                self.decision.commands.push(Command::Perform(out));
            }
        }
    }

    pub(crate) fn ended(&mut self, id: u32, result: Result<Reply, Error>) {
        let Some(task) = self.task(id) else { return };
        if task.state != TaskState::Running {
            return;
        }
        let (tries, attempts) = (task.tries, task.policy.attempts);
        if task.takes_a_place() {
            self.core.busy = self.core.busy.saturating_sub(1);
        }
        if let Err(error) = &result
            && let Some(wait) = wait_ms(error, tries, attempts)
        {
            let until_ms = self.now_ms.saturating_add(wait);
            let error = error.clone();
            self.append(Event::Retrying {
                task: id,
                error,
                until_ms,
            });
            self.decision.commands.push(Command::Wake {
                task: id,
                at_ms: until_ms,
            });
        } else {
            self.finish(id, result, None);
        }
    }

    pub(crate) fn finish(&mut self, task: u32, result: Result<Reply, Error>, by: Option<String>) {
        self.append(Event::Finished { task, result, by });
    }

    pub(crate) fn cancel(&mut self, id: u32) {
        match self.task(id).map(|task| &task.state) {
            Some(TaskState::Running) => self.decision.commands.push(Command::Stop { task: id }),
            Some(TaskState::Queued | TaskState::Waiting { .. } | TaskState::Asking) => {
                self.core.queue.retain(|queued| *queued != id);
                self.finish(id, Err(Error::Cancelled), None);
            }
            Some(TaskState::Finished { .. }) | None => {}
        }
    }

    pub(crate) fn answer(&mut self, id: u32, text: String, by: String) {
        let Some(task) = self.task(id) else {
            return self.refuse(Failure::new(
                "no-such-question",
                format!("there is no task {id}"),
            ));
        };
        let (TaskState::Asking, Work::Question(question)) = (&task.state, &task.work) else {
            let message = format!("step `{}` does not wait for an answer", task.place.step);
            return self.refuse(Failure::new("not-asking", message));
        };
        if !question.choices.is_empty() && !question.choices.contains(&text) {
            let message = format!("`{text}` is not one of: {}", question.choices.join(", "));
            return self.refuse(Failure::new("not-a-choice", message));
        }
        self.finish(id, Ok(said(text)), Some(by));
    }

    pub(crate) fn woke(&mut self, id: u32) {
        let Some(task) = self.task(id) else { return };
        if !matches!(task.state, TaskState::Waiting { until_ms } if until_ms <= self.now_ms) {
            return;
        }
        match task.work {
            Work::Timer(_) => self.finish(id, Ok(Reply::default()), None),
            _ => self.core.queue.push_back(id),
        }
    }
}

/// The reply of a person.
fn said(text: String) -> Reply {
    Reply {
        text,
        ..Reply::default()
    }
}
