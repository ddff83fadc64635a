use std::{collections::HashSet, time::Duration};

use wasmtime::{Store, StoreContextMut, UpdateDeadline};

use crate::{Limits, state::State, ticker::TICK};

/// A guest that ran for too long.
#[derive(Debug, thiserror::Error)]
#[error("it ran for {} without an end", crate::fault::span(*.0))]
pub(crate) struct TimedOut(pub(crate) Duration);

/// How far a guest may run by itself.
///
/// Ticks are counted while the guest runs, so neither its waiting nor a machine that
/// gave the time to others counts against it.
#[derive(Debug)]
pub(crate) struct Budget {
    ticks: u64,
    most: u64,
    wall: Duration,
    fuel: u64,
    reported: HashSet<u32>,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            ticks: 0,
            // One more, because the first may come at once.
            most: (limits.wall.as_millis() / TICK.as_millis()) as u64 + 1,
            wall: limits.wall,
            fuel: limits.fuel,
            reported: HashSet::new(),
        }
    }

    /// Whether this is the first time that the guest is given this task's end.
    ///
    /// Only that renews the budget: it is the same in a replay, where nothing is
    /// waited for, and a guest that asks for the same result for ever gains nothing.
    pub(crate) fn report(&mut self, task: u32) -> bool {
        self.reported.insert(task)
    }

    fn tick(&mut self) -> Result<(), TimedOut> {
        self.ticks += 1;
        if self.ticks > self.most {
            return Err(TimedOut(self.wall));
        }
        Ok(())
    }
}

/// Makes the store interrupt its guest at each tick; `yields` when it runs on a
/// fiber, so that a busy guest does not keep its thread from other futures.
pub(crate) fn install(store: &mut Store<State>, yields: bool) {
    store.epoch_deadline_callback(move |mut context: StoreContextMut<'_, State>| {
        context.data_mut().budget.tick()?;
        Ok(if yields {
            UpdateDeadline::Yield(1)
        } else {
            UpdateDeadline::Continue(1)
        })
    });
}

/// The full budget again, before a call or after a wait.
pub(crate) fn renew(mut store: StoreContextMut<'_, State>) -> wasmtime::Result<()> {
    let budget = &mut store.data_mut().budget;
    budget.ticks = 0;
    let fuel = budget.fuel;
    store.set_fuel(fuel)?;
    store.set_epoch_deadline(1);
    Ok(())
}
