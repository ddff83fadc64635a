//! How events become a run.

use cm_types::{Decision, Outline, QuestionKind, Reply, TurnEvent, Work};

use crate::{
    Answered, Answerer, Artifact, Entry, Event, Hold, Limit, Pause, Run, Steer, Task, TaskState,
    Then, run::Told,
};

impl Run {
    /// The run that these events make.
    pub fn replay<'a>(events: impl IntoIterator<Item = (u64, &'a Event)>) -> Self {
        let mut run = Self::default();
        for (at_ms, event) in events {
            run.apply(at_ms, event);
        }
        run
    }

    /// Adds one fact. Never fails: what does not fit (a task that does not exist) is
    /// passed over, so that a newer journal can still be looked at.
    pub fn apply(&mut self, at_ms: u64, event: &Event) {
        self.events += 1;
        self.spend(at_ms, event);
        self.updated_ms = at_ms;
        match event {
            Event::Started(start) => {
                self.outline = start.outline.clone().unwrap_or_default();
                self.mode = start.mode;
                let (reason, by) = (None, String::new());
                self.paused = start.paused.then_some(Pause { reason, by, at_ms });
                self.budget = start.budget.clone();
                start.pins.iter().for_each(|pin| self.keep_pin(pin));
                self.start = Some((**start).clone());
                self.started_ms = at_ms;
            }
            Event::Resumed { outline, .. } => self.resume(outline),
            Event::Pinned { pin } => self.keep_pin(pin),
            Event::Unpinned { .. } => self.pins.clear(),
            Event::Requested {
                task, scope, key, ..
            } => {
                self.by_key.insert((*scope, key.clone()), *task);
                self.tasks.extend(Task::requested(at_ms, event));
            }
            Event::Attempted { task, .. } => self.with(*task, |task| task.attempt(at_ms)),
            Event::Spawned { task, process } => {
                self.with(*task, |task| task.process = Some(process.clone()));
            }
            Event::Turn { task, event } => self.turn(*task, event),
            Event::Late { task, late } => self.with(*task, |task| {
                if late.then == Then::Nudged {
                    task.nudges = task.nudges.saturating_add(1);
                    task.nudge = Some(late.ms);
                }
                task.late.push(late.clone());
            }),
            Event::Told { task, granted, .. } => self.told_of(*task, *granted),
            Event::Retrying { task, until_ms, .. } | Event::Postponed { task, until_ms, .. } => {
                self.with(*task, |task| {
                    task.process = None;
                    if matches!(event, Event::Retrying { .. }) {
                        task.begin_anew();
                    }
                    task.state = TaskState::Waiting {
                        until_ms: *until_ms,
                    };
                });
            }
            Event::Limited {
                engine,
                model,
                until_ms,
                why,
                ..
            } => self.limit(Limit {
                engine: engine.clone(),
                model: model.clone(),
                until_ms: *until_ms,
                why: why.clone(),
            }),
            Event::Warned { .. } => self.warned = true,
            Event::Raised { budget, .. } => {
                self.budget = budget.clone();
                self.warned = false;
            }
            Event::Finished {
                task,
                result,
                by,
                shown,
            }
            | Event::Reused {
                task,
                result,
                by,
                shown,
                ..
            } => {
                self.heard(*task);
                let order = self.finished;
                self.finished += 1;
                let answered = by.clone().map(|by| Answered { by, shown: *shown });
                let over = TaskState::Finished {
                    order,
                    result: result.clone(),
                };
                self.with(*task, |task| {
                    task.finish(at_ms, over, answered);
                    if let Event::Reused { from, .. } = event {
                        task.reused = Some(*from);
                    }
                });
                if let Ok(reply) = result {
                    self.decided(*task, reply, by.as_deref());
                }
                self.permitted(at_ms, event);
            }
            Event::Assigned { task, to, why } => {
                self.heard(*task);
                self.with(*task, |task| {
                    task.assigned = Some((*to, why.clone()));
                    task.state = match to {
                        Answerer::Person => TaskState::Asking,
                        Answerer::Controller => TaskState::Judging,
                    };
                });
            }
            Event::Held { task, say } => self.with(*task, |task| {
                let (say, nudged) = (say.clone(), task.nudge.take());
                task.held = Some(Hold { say, nudged });
                if task.state == TaskState::Running {
                    // It has not failed: this was no try.
                    task.tries = task.tries.saturating_sub(1);
                }
                task.state = TaskState::Queued;
            }),
            Event::Entrusted { controller, turns } => {
                if self.controller.as_ref().map(|(known, _)| known) != Some(controller) {
                    self.controller_session = None;
                }
                self.controller = Some((controller.clone(), *turns));
            }
            Event::Switched { mode, .. } => {
                self.mode = *mode;
                // Who was to answer an open question is decided anew.
                for task in &mut self.tasks {
                    task.assigned = None;
                }
            }
            Event::Paused { reason, by } => {
                let (reason, by) = (reason.clone(), by.clone());
                self.paused = Some(Pause { reason, by, at_ms });
            }
            Event::Continued { .. } => self.paused = None,
            Event::Steered { step, text, by } => {
                let (step, text, by) = (step.clone(), text.clone(), by.clone());
                self.steered.push(Steer { step, text, by });
            }
            Event::Declared { key, schema } => {
                self.schemas.insert(key.clone(), schema.clone());
            }
            Event::Reopened { task } => self.with(*task, |task| {
                task.state = TaskState::Queued;
                task.assigned = None;
                task.answered = None;
                task.reused = None;
                task.told = false;
                task.begin_anew();
            }),
            Event::Written {
                scope,
                ordinal,
                key,
                value,
            } => {
                let (key, value) = (key.clone(), value.clone());
                let version = self
                    .written
                    .put(*scope, *ordinal, key.clone(), value.clone());
                let entry = Entry {
                    value,
                    version,
                    scope: *scope,
                    at_ms,
                };
                self.state.insert(key, entry);
            }
            Event::Saved {
                scope,
                ordinal,
                step,
                name,
                content,
            } => {
                let (path, content) = (format!("{step}/{name}"), content.clone());
                self.saved.put(*scope, *ordinal, path, content.clone());
                let artifact = Artifact { content, at_ms };
                self.artifacts
                    .insert((step.clone(), name.clone()), artifact);
            }
            Event::Observed {
                scope,
                what,
                ordinal,
                value,
                version,
            } => {
                let asked = (*scope, what.clone(), *ordinal);
                let told = Told {
                    value: value.clone(),
                    version: *version,
                };
                self.observed.insert(asked, told);
            }
            Event::Marked {
                ordinal,
                place,
                state,
                note,
            } => {
                self.marks.truncate(*ordinal as usize);
                self.marks
                    .push((place.clone(), state.clone(), note.clone()));
            }
            Event::Interrupted { reason } => self.interrupted = Some(reason.clone()),
            Event::Ended { end } => self.end = Some(end.clone()),
            Event::Recorded { .. } | Event::Noted { .. } => {}
        }
    }

    /// The controller has answered: its conversation is one to go on with. One that was
    /// broken off in the middle may not have reached the engine's own memory.
    fn heard(&mut self, id: u32) {
        let Some(task) = self.task(id) else { return };
        let judged = task.state == TaskState::Judging;
        let talked = matches!(task.work, Work::Talk(_)) && task.result().is_none();
        if (judged || talked) && task.session.is_some() {
            let session = task.session.clone();
            self.controller_session = session;
        }
    }

    fn turn(&mut self, id: u32, event: &TurnEvent) {
        self.with(id, |task| match event {
            TurnEvent::Usage(usage) => task.usage.add(usage),
            TurnEvent::Call(_) => task.calls = task.calls.saturating_add(1),
            TurnEvent::Session(session) => task.session = Some(session.clone()),
            TurnEvent::Limit(limit) => task.limit = Some(limit.clone()),
            _ => {}
        });
    }

    /// What a decision at a step means for the next one there.
    fn decided(&mut self, id: u32, reply: &Reply, by: Option<&str>) {
        let Some(task) = self.tasks.get(id as usize) else {
            return;
        };
        let step = task.place.step.clone();
        match (&reply.decision, task.question().map(|asked| asked.kind)) {
            (Some(Decision::Reply(text)), Some(QuestionKind::Turn)) => {
                let said = |steer: &Steer| {
                    steer.step == step && steer.text == *text && Some(steer.by.as_str()) == by
                };
                if let Some(position) = self.steered.iter().position(said) {
                    self.steered.remove(position);
                }
                let controller = ("from".to_owned(), "controller".to_owned());
                if reply.options.contains(&controller) {
                    let replies = self.replies.entry(step).or_default();
                    *replies = replies.saturating_add(1);
                } else {
                    self.replies.remove(&step);
                }
            }
            (Some(Decision::Skip | Decision::Back(_) | Decision::Stop(_)), _) => {
                self.steered.retain(|steer| steer.step != step);
                self.replies.remove(&step);
            }
            (Some(_), _) => {
                self.replies.remove(&step);
            }
            (None, _) => {}
        }
    }

    fn resume(&mut self, outline: &Outline) {
        self.outline = outline.clone();
        self.end = None;
        self.interrupted = None;
        self.paused = None;
        self.resumed += 1;
        for task in &mut self.tasks {
            task.tries = 0;
            task.process = None;
            let sent_out = matches!(
                task.state,
                TaskState::Running | TaskState::Asking | TaskState::Judging
            );
            if sent_out {
                task.state = TaskState::Queued;
            }
        }
    }

    fn with(&mut self, task: u32, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks.get_mut(task as usize) {
            change(task);
        }
    }
}
