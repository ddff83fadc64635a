//! What is wanted is sent out, as far as there is room and money.

use std::collections::VecDeque;

use cm_types::Work;

use crate::{Attempt, Command, Event, Resumed, TaskState, core::Turn, pass::Pass};

impl Turn<'_> {
    /// Sends out what is queued, as far as there is room.
    pub(crate) fn send_out(&mut self) {
        if self.core.closed {
            return;
        }
        let mut places = self.places();
        let (mut later, mut short) = (VecDeque::new(), None);
        let mut none = true;
        while let Some(id) = self.core.queue.pop_front() {
            if !self.may_go(id, &places) {
                later.push_back(id);
            } else if let Some(why) = self.cannot_pay(id) {
                short.get_or_insert(why);
                later.push_back(id);
            } else if !self.is_held_back(id) {
                none = false;
                self.send(id);
                self.task(id).into_iter().for_each(|it| places.take(it));
            }
        }
        self.core.queue = later;
        if none && !self.core.queue.is_empty() && self.is_stuck() {
            match short {
                Some(why) => self.pause_for_budget(why),
                None => self.break_the_ring(),
            }
        }
        self.judge_next();
    }

    fn cannot_pay(&self, id: u32) -> Option<String> {
        let task = self.task(id).filter(|task| task.takes_a_place())?;
        let why = self.core.run.cannot_pay(&task.work, self.now_ms)?;
        Some(format!("{why}; next is step `{}`", task.place.step))
    }

    fn break_the_ring(&mut self) {
        let queue = self.core.queue.iter().copied();
        let mut able = queue.filter(|id| self.breaks_the_ring(*id));
        let Some(id) = able.find(|id| self.cannot_pay(*id).is_none()) else {
            return;
        };
        self.core.queue.retain(|queued| *queued != id);
        if !self.is_held_back(id) {
            self.send(id);
        }
    }

    pub(crate) fn attempt(&self, id: u32) -> Option<Attempt> {
        let task = self.task(id)?;
        let held = task.held.as_ref();
        let resumed = match (&task.work, held, &task.session) {
            (Work::Turn(_), Some(hold), Some(session)) => Some(Resumed {
                session: session.clone(),
                say: hold.say.clone(),
                nudged: hold.nudged,
            }),
            _ => None,
        };
        Some(Attempt {
            task: id,
            attempt: task.attempts,
            occurrence: task.occurrence,
            idempotency: task.key.idempotency(&self.core.id),
            place: task.place.clone(),
            work: task.work.clone(),
            policy: task.policy.clone(),
            resumed,
        })
    }

    fn send(&mut self, id: u32) {
        let Some(task) = self.task(id) else { return };
        let attempt = task.attempts.saturating_add(1);
        if matches!(task.work, Work::Talk(_)) {
            return self.core.line.push_back(id);
        }
        self.append(Event::Attempted { task: id, attempt });
        let Some(out) = self.attempt(id) else { return };
        match &out.work {
            Work::Question(_) => {
                self.open(id);
                self.set_clock(id);
            }
            Work::Timer(_) => {
                if let Some(TaskState::Waiting { until_ms }) = self.task(id).map(|task| &task.state)
                {
                    let at_ms = *until_ms;
                    self.command(Command::Wake { task: id, at_ms });
                }
            }
            Work::Turn(_)
            | Work::Command(_)
            | Work::Step(_)
            | Work::Branch(_)
            | Work::Merge(_)
            | Work::Proof(_)
            | Work::Talk(_) => {
                // What it asks for, it asks anew. A guest says itself when it begins.
                let pass = Pass::new(out.resumed.is_some());
                self.core.passes.insert(Some(id), pass);
                self.core.at_work.insert(id);
                self.command(Command::Perform(Box::new(out)));
            }
        }
    }
}
