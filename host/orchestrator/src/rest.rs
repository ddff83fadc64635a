//! The controller's account takes no more for a while, too: what is to be decided waits.

use cm_types::{Controller, Digest, Error, Policy, Work};

use crate::{
    Command, Event, Limit, Run, TaskState,
    core::Turn,
    retry::{is_limit, wait_ms},
};

/// How long the controller is left alone.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    /// Until then: milliseconds since 1970 (UTC).
    until_ms: u64,
    /// The moment for which a wake was asked for.
    wake_ms: u64,
    /// How often in a row it ran into a limit.
    times: u32,
}

impl Turn<'_> {
    /// The controller has said something.
    pub(crate) fn rested(&mut self) {
        self.core.rest.times = 0;
    }

    /// The controller's turn ran into a limit that is worth waiting for. Nothing is asked
    /// of it until then.
    pub(crate) fn rests_after(&mut self, id: u32, error: &Error) -> bool {
        let Some(failure) = error.failure().filter(|failure| is_limit(failure)).cloned() else {
            return false;
        };
        let times = self.core.rest.times.saturating_add(1);
        let dice = format!("{} controller {id} {times}", self.core.id);
        let dice = Digest::of(dice.as_bytes()).hex();
        let dice = u64::from_str_radix(&dice.chars().take(15).collect::<String>(), 16);
        // It is waited for however often it was tried, but only when it has an end.
        let policy = Policy::default();
        let Some(wait) = wait_ms(error, times, &policy, dice.unwrap_or_default()) else {
            return false;
        };
        self.core.rest.times = times;
        self.core.rest.until_ms = self.now_ms.saturating_add(wait);
        self.reached(id, &failure, Some(wait));
        true
    }

    /// Whether nothing may be asked of the controller now. A talk with it is then put off;
    /// a question stays where it is, and a person can take it.
    pub(crate) fn is_resting(&mut self) -> bool {
        let known = self.core.run.controller_limit(self.now_ms);
        let why = known.map(|limit| limit.why.clone());
        let until_ms = known.map_or(0, |limit| limit.until_ms);
        let until_ms = until_ms.max(self.core.rest.until_ms);
        if until_ms <= self.now_ms {
            return false;
        }
        let line = std::mem::take(&mut self.core.line);
        for task in line {
            match self.task(task).map(|task| &task.work) {
                Some(Work::Talk(_)) => {
                    let why = why.clone();
                    self.append(Event::Postponed {
                        task,
                        until_ms,
                        why,
                    });
                    self.command(Command::Wake {
                        task,
                        at_ms: until_ms,
                    });
                }
                _ => self.core.line.push_back(task),
            }
        }
        if let Some(task) = self.core.line.front().copied()
            && self.core.rest.wake_ms != until_ms
        {
            self.core.rest.wake_ms = until_ms;
            self.command(Command::Wake {
                task,
                at_ms: until_ms,
            });
        }
        true
    }
}

impl Run {
    /// The limit that the controller would run into at this time.
    pub(crate) fn controller_limit(&self, now_ms: u64) -> Option<&Limit> {
        match &self.controller {
            Some((Controller::Agent(turn), _)) => self.limit_of_turn(turn, now_ms),
            _ => None,
        }
    }

    /// What is to be decided and has to wait for the controller's account.
    pub(crate) fn waits_for_controller(&self) -> Option<&Limit> {
        let judging = |state: &TaskState| *state == TaskState::Judging;
        let any = self.tasks.iter().any(|task| judging(&task.state));
        any.then(|| self.controller_limit(self.updated_ms))?
    }
}
