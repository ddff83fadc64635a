//! What persons decide without being asked.

use cm_types::{Decision, Failure, QuestionKind, Work};

use crate::{
    Command, Event, Task, TaskState,
    answers::{PERSON, decided},
    core::Turn,
};

impl Turn<'_> {
    pub(crate) fn direct(
        &mut self,
        step: Option<String>,
        decision: Decision,
        now: bool,
        by: String,
    ) {
        let step = match self.directed(step) {
            Ok(step) => step,
            Err(failure) => return self.refuse(failure),
        };
        match decision {
            Decision::Reply(text) => self.say(&step, text, now, by),
            Decision::Skip | Decision::Back(_) | Decision::Stop(_) => {
                self.leave(&step, decision, by);
            }
            Decision::Next => {
                let asked = [QuestionKind::Turn, QuestionKind::Checkpoint];
                match self.question_of(&step, |kind| asked.contains(&kind)) {
                    Some(id) => self.answer(id, decision, by, None),
                    None => self.refuse(Failure::new(
                        "not-asking",
                        format!("step `{step}` does not wait for you: it goes on by itself"),
                    )),
                }
            }
            Decision::Approve | Decision::Reject(_) | Decision::Revise(_) => {
                let asked = [QuestionKind::Approval, QuestionKind::Permission];
                match self.question_of(&step, |kind| asked.contains(&kind)) {
                    Some(id) => self.answer(id, decision, by, None),
                    None => self.refuse(Failure::new(
                        "not-asking",
                        format!(
                            "step `{step}` has nothing to approve now, so `{}` means nothing to it",
                            decision.word()
                        ),
                    )),
                }
            }
            Decision::Ask(_) | Decision::Other(_) => self.refuse(Failure::new(
                "not-possible",
                format!(
                    "`{}` is nothing that a person can decide; possible are: reply, next, skip, back, stop, approve, reject, revise",
                    decision.word()
                ),
            )),
        }
    }

    /// The step that is meant: the one that is named, else the only one at work.
    fn directed(&self, named: Option<String>) -> Result<String, Failure> {
        let active = self.core.run.steps_of(|task| self.is_active(task));
        let list = match active.is_empty() {
            true => "no step is at work".to_owned(),
            false => format!("at work are: {}", active.join(", ")),
        };
        match (named, active.as_slice()) {
            (Some(step), _) => {
                let tasks = &mut self.core.run.tasks.iter();
                if tasks.any(|task| self.is_active(task) && stands_at(task, &step)) {
                    return Ok(step);
                }
                if let Some(failure) = self.no_such_step(&step) {
                    return Err(failure);
                }
                let message = format!("step `{step}` is not at work; {list}");
                Err(Failure::new("not-active", message))
            }
            (None, [only]) => Ok((*only).to_owned()),
            (None, []) => Err(Failure::new(
                "not-active",
                "no step is at work at the moment",
            )),
            (None, _) => {
                let message = format!("name the step that is meant; {list}");
                Err(Failure::new("which-step", message))
            }
        }
    }

    /// Whether somebody waits for it, or a program of it is still there.
    fn is_active(&self, task: &Task) -> bool {
        let wanted = self.core.wanted.get(task.id as usize).copied();
        task.result().is_none() && (wanted.unwrap_or(false) || self.core.at_work.contains(&task.id))
    }

    fn question_of(&self, step: &str, wanted: impl Fn(QuestionKind) -> bool) -> Option<u32> {
        let fits = |task: &&Task| {
            let kind = task.question().map(|question| question.kind);
            task.is_open() && kind.is_some_and(&wanted)
        };
        self.at(step, fits)
    }

    /// A task that stands at this step, or else in it.
    fn at(&self, step: &str, fits: impl Fn(&&Task) -> bool) -> Option<u32> {
        let tasks = || self.core.run.tasks.iter().filter(&fits);
        let exact = tasks().find(|task| task.place.step == step);
        let inner = || tasks().find(|task| stands_at(task, step));
        exact.or_else(inner).map(|task| task.id)
    }

    /// Words for the agent of a step: it is told them as soon as its turn is over, or at
    /// once.
    fn say(&mut self, step: &str, text: String, now: bool, by: String) {
        let spoken = [QuestionKind::Turn, QuestionKind::Question];
        if let Some(id) = self.question_of(step, |kind| spoken.contains(&kind)) {
            return self.answer(id, Decision::Reply(text), by, None);
        }
        let turn = |task: &&Task| matches!(task.work, Work::Turn(_)) && self.is_active(task);
        let Some(id) = self.at(step, turn) else {
            if let Some(id) = self.question_of(step, |_| true) {
                return self.answer(id, Decision::Reply(text), by, None);
            }
            let message = format!("no agent is at work at step `{step}`, so nobody would hear it");
            return self.refuse(Failure::new("no-agent", message));
        };
        let Some(task) = self.task(id) else { return };
        let said = task.held.as_ref().and_then(|hold| hold.say.clone());
        let running = task.state == TaskState::Running;
        let stopping = task.held.is_some() && task.state == TaskState::Queued;
        let (step, session) = (task.place.step.clone(), task.session.is_some());
        if now && session && (running || stopping) {
            // What was to be said to it before is not lost.
            let say = match said {
                Some(before) => format!("{before}\n\n{text}"),
                None => text,
            };
            return self.hold(id, Some(say));
        }
        self.append(Event::Steered { step, text, by });
        if now && running {
            // No conversation has begun: it begins again and is told after its turn.
            self.hold(id, None);
        }
    }

    /// The step is over for everybody who is at work, asks or waits in it.
    fn leave(&mut self, step: &str, decision: Decision, by: String) {
        if let Decision::Back(to) = &decision
            && let Some(failure) = self.no_such_step(to)
        {
            return self.refuse(failure);
        }
        let tasks = self.core.run.tasks.iter();
        let left = tasks.filter(|task| self.is_active(task) && stands_at(task, step));
        let left: Vec<u32> = left.map(|task| task.id).collect();
        for id in left {
            let Some(task) = self.task(id).filter(|task| task.result().is_none()) else {
                // It went with the one that had asked for it.
                continue;
            };
            let shown = match task.is_open() {
                true => self.core.run.shown(id),
                false => None,
            };
            if task.state == TaskState::Running {
                self.command(Command::Stop { task: id });
            }
            self.withdraw(id);
            self.core.queue.retain(|queued| *queued != id);
            self.append(Event::Finished {
                task: id,
                result: Ok(decided(decision.clone(), &by, PERSON)),
                by: Some(by.clone()),
                shown,
            });
            self.end_children(id);
        }
    }
}

/// Whether a task belongs to this step, or to the group or agent of this name.
fn stands_at(task: &Task, step: &str) -> bool {
    task.place.step == step || task.place.parent.as_deref() == Some(step)
}
