//! How long an attempt may take, by each of its clocks.

use std::time::Duration;

use cm_effects::{EndedBy, Exit};
use cm_orchestrator::{Attempt, Clock, Input, Late, Then, option};
use cm_types::{Error, Policy};

use crate::{
    failure,
    ledger::Ledger,
    patience::{AFTER_ANSWER, COMMAND_TIME, TURN_IDLE, TURN_TIME},
};

/// What one attempt may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// From its beginning to its end.
    pub(crate) total: Duration,
    /// Without a sign of life; none: as long as all of it.
    pub(crate) idle: Option<Duration>,
    /// From the final answer until the program has left.
    pub(crate) after_answer: Duration,
}

impl Times {
    /// Of a turn of an agent.
    pub(crate) fn of_turn(policy: &Policy) -> Self {
        let usual = |ms: Option<u32>, usual| ms.map_or(usual, milliseconds);
        Self {
            total: usual(policy.timeout_ms, TURN_TIME),
            idle: Some(usual(policy.idle_ms, TURN_IDLE)),
            after_answer: usual(option(policy, "exit-ms"), AFTER_ANSWER),
        }
    }

    /// With what the adapter knows of its program, where the workflow says nothing.
    pub(crate) fn of_program(self, policy: &Policy, command: &[(String, String)]) -> Self {
        let known = command.iter().find(|(name, _)| name == "exit-ms");
        let known = known.and_then(|(_, ms)| ms.parse().ok()).map(milliseconds);
        match (option(policy, "exit-ms"), known) {
            (None, Some(known)) => Self {
                after_answer: known.min(AFTER_ANSWER),
                ..self
            },
            _ => self,
        }
    }

    /// Of a command: many print nothing for as long as they run.
    pub(crate) fn of_command(policy: &Policy) -> Self {
        Self {
            total: policy.timeout_ms.map_or(COMMAND_TIME, milliseconds),
            idle: policy.idle_ms.map(milliseconds),
            after_answer: AFTER_ANSWER,
        }
    }

    /// Which clock ended it, if one did.
    pub(crate) fn ended_by(&self, why: EndedBy) -> Option<(Clock, Duration)> {
        match why {
            EndedBy::Timeout => Some((Clock::Total, self.total)),
            EndedBy::Idle => Some((Clock::Idle, self.idle?)),
            EndedBy::Itself | EndedBy::Flood | EndedBy::Stopped => None,
        }
    }

    /// What it failed with when it was ended from here; which clock it was is written
    /// down.
    pub(crate) fn judge(
        &self,
        ledger: &Ledger,
        attempt: &Attempt,
        program: &str,
        exit: &Exit,
    ) -> Option<Error> {
        let clock = self.ended_by(exit.ended_by);
        if let Some((clock, time)) = clock {
            tell(ledger, attempt.task, clock, time, Then::Stopped);
        }
        failure::ended_by(program, exit.ended_by, clock)
    }
}

/// Writes down that something took as long as it may.
pub(crate) fn tell(ledger: &Ledger, task: u32, clock: Clock, time: Duration, then: Then) {
    let late = Late::new(clock, whole(time), then);
    ledger.input(Input::Late { task, late });
}

/// In whole milliseconds.
pub(crate) fn whole(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn milliseconds(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}
