//! Work that takes longer than it may: what is written down of it, and what is done.

use cm_types::{Error, Failure, Policy, Work};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Command, Event, Task, TaskState, core::Turn};

/// How often an agent that says nothing is told to go on, when nobody said how often.
const NUDGES: u32 = 1;

/// Something took as long as it may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Late {
    /// Which time is meant.
    pub clock: Clock,
    /// How long it was, in milliseconds.
    pub ms: u64,
    /// The key in the workflow that changes how long it may be.
    pub key: String,
    /// What was done about it.
    pub then: Then,
}

/// A time that is looked at for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// Without any sign of life.
    Idle,
    /// From the beginning of an attempt to its end.
    Total,
    /// From the final answer until the program has left.
    AfterAnswer,
    /// From a question to its answer.
    Answer,
}

/// What is done when it is too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// Nothing yet: it is only said.
    Warned,
    /// The agent is interrupted, and told in its conversation to go on.
    Nudged,
    /// It is stopped.
    Stopped,
}

impl Clock {
    /// The word for people and in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Total => "total",
            Self::AfterAnswer => "after-answer",
            Self::Answer => "answer",
        }
    }

    /// The key in the workflow by which it is set.
    pub fn key(self) -> &'static str {
        match self {
            Self::Idle => "idle-timeout",
            Self::Total | Self::Answer => "timeout",
            Self::AfterAnswer => "exit-timeout",
        }
    }
}

impl Late {
    /// The usual key.
    pub fn new(clock: Clock, ms: u64, then: Then) -> Self {
        let key = clock.key().to_owned();
        Self {
            clock,
            ms,
            key,
            then,
        }
    }
}

/// A number among a policy's options.
pub fn option(policy: &Policy, name: &str) -> Option<u32> {
    let mut options = policy.options.iter();
    let (_, value) = options.find(|(known, _)| known == name)?;
    value.parse().ok()
}

impl Task {
    /// The next attempt is not what is left of this one, when that was nudged in vain.
    pub(crate) fn begin_anew(&mut self) {
        self.nudges = 0;
        if self.held.as_ref().is_some_and(|hold| hold.nudged.is_some()) {
            self.held = None;
        }
    }

    /// Whether it is a question that does not wait for ever.
    pub fn is_timed(&self) -> bool {
        self.question().is_some() && self.policy.timeout_ms.is_some()
    }
}

impl Turn<'_> {
    /// Work has said nothing for as long as it may. An agent whose conversation can go on
    /// is interrupted and told so, as often as the policy has it; everything else is to be
    /// stopped by whoever told of it.
    pub(crate) fn silent(&mut self, id: u32, ms: u64, resumes: bool) {
        let Some(task) = self.task(id) else { return };
        let allowed = option(&task.policy, "nudges").unwrap_or(NUDGES);
        let can = resumes
            && matches!(task.work, Work::Turn(_))
            && task.state == TaskState::Running
            && task.session.is_some();
        let nudged = can && task.nudges < allowed;
        let then = if nudged { Then::Nudged } else { Then::Stopped };
        let late = Late::new(Clock::Idle, ms, then);
        self.append(Event::Late { task: id, late });
        if nudged {
            self.hold(id, None);
        }
    }

    /// A question that is not answered for ever is asked: sees to it that its time ends.
    pub(crate) fn set_clock(&mut self, id: u32) {
        let Some(task) = self.task(id).filter(|task| task.is_open()) else {
            return;
        };
        if let Some(at_ms) = task.answer_until_ms() {
            self.command(Command::Wake { task: id, at_ms });
        }
    }

    /// The time for an answer is over.
    pub(crate) fn unanswered(&mut self, id: u32) {
        let Some(task) = self.task(id).filter(|task| task.is_open()) else {
            return;
        };
        let (Some(until_ms), Some(ms)) = (task.answer_until_ms(), task.policy.timeout_ms) else {
            return;
        };
        if until_ms > self.now_ms {
            return;
        }
        let asks = task.wish().is_some();
        let mut late = Late::new(Clock::Answer, ms.into(), Then::Stopped);
        if asks {
            late.key = "ask-timeout".to_owned();
        }
        let message = format!(
            "nobody answered within {}; `{}` allows more time, and without it the question waits",
            spoken(ms.into()),
            late.key
        );
        self.append(Event::Late { task: id, late });
        self.withdraw(id);
        self.finish(id, Err(Error::Exhausted(Failure::new("timeout", message))));
    }
}

/// So many milliseconds, as somebody would write it: `90s`, `10m`, `1h30m`.
pub fn spoken(ms: u64) -> String {
    let seconds = ms / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => format!("{ms}ms"),
        (0, 0, seconds) if !ms.is_multiple_of(1000) => format!("{}.{}s", seconds, ms % 1000 / 100),
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, 0) => format!("{minutes}m"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, 0, _) => format!("{hours}h"),
        (hours, minutes, _) => format!("{hours}h{minutes}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_they_are_written() {
        for (ms, text) in [
            (300, "300ms"),
            (1_500, "1.5s"),
            (90_000, "1m30s"),
            (600_000, "10m"),
            (7_200_000, "2h"),
            (5_400_000, "1h30m"),
        ] {
            assert_eq!(spoken(ms), text);
        }
    }
}
