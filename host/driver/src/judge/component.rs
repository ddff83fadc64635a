//! A controller that is a component.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use cm_runtime::Judge;
use cm_types::{Decision, Error, Failure, Observation, Options};

use super::memory::Memory;
use crate::{failure, floor::Floor};

/// What the controller of a run keeps between two decisions.
#[derive(Default)]
pub(crate) struct Bench {
    judge: Mutex<Option<Seated>>,
    turns: AtomicU32,
    pub(super) memory: Memory,
}

/// A component at work, and what it was made of.
struct Seated {
    name: String,
    config: String,
    judge: Judge,
}

impl Bench {
    /// What the engine gave out at the end of this conversation's last turn, when it is
    /// the controller's.
    pub(crate) fn previous(&self, session: &str) -> Option<Options> {
        self.memory.options(session)
    }

    /// Counts a turn of the controller; at least so many came before it.
    pub(crate) fn turn(&self, before: u32) -> u32 {
        let turn = self.turns.load(Ordering::Relaxed).max(before);
        self.turns.store(turn.saturating_add(1), Ordering::Relaxed);
        turn
    }
}

impl Floor {
    pub(super) fn decide_as_component(
        &self,
        name: &str,
        config: &str,
        observation: &Observation,
    ) -> Result<Decision, Error> {
        let mut seat = self
            .bench
            .judge
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let fits = |seated: &Seated| seated.name == name && seated.config == config;
        let mut seated = match seat.take().filter(fits) {
            Some(seated) => seated,
            None => {
                let unknown = |error: crate::DriveError| {
                    Error::Missing(Failure::new("unknown-controller", error.to_string()))
                };
                let guest = self.catalog.controller(name).map_err(unknown)?;
                Seated {
                    name: name.to_owned(),
                    config: config.to_owned(),
                    judge: guest
                        .judge(config)
                        .map_err(|fault| failure::guest(&fault))?,
                }
            }
        };
        // After an error of the guest the instance is gone: the next time there is a new one.
        let decision = seated.judge.decide(observation.clone())?;
        *seat = Some(seated);
        Ok(decision)
    }
}
