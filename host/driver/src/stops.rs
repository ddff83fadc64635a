use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::Stop;

/// Everything that is at work, and how it is stopped.
#[derive(Default)]
pub(crate) struct Stops(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Counts up, because a task may be sent out again while its last attempt is on its
    /// way out.
    next: u64,
    at_work: HashMap<u64, (u32, watch::Sender<Stop>)>,
}

/// A task that is at work, until this is dropped, however that comes about.
pub(crate) struct AtWork<'stops> {
    stops: &'stops Stops,
    number: u64,
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.stops.inner().at_work.remove(&self.number);
    }
}

/// A task that is to be at work: it can be stopped already.
pub(crate) struct Ready {
    number: u64,
    pub(crate) stop: watch::Receiver<Stop>,
}

impl Stops {
    /// The task will be at work: until [`Stops::begin`]'s guard is dropped.
    pub(crate) fn ready(&self, task: u32) -> Ready {
        let mut inner = self.inner();
        let sender = watch::Sender::new(Stop::No);
        let stop = sender.subscribe();
        let number = inner.next;
        inner.next += 1;
        inner.at_work.insert(number, (task, sender));
        Ready { number, stop }
    }

    /// The task is at work as long as this is held.
    pub(crate) fn begin(&self, ready: &Ready) -> AtWork<'_> {
        let number = ready.number;
        let stops = self;
        AtWork { stops, number }
    }

    /// Stops one task, or all.
    pub(crate) fn stop(&self, task: Option<u32>, urgency: Stop) {
        for (id, stop) in self.inner().at_work.values() {
            if task.is_none_or(|task| task == *id) {
                stop.send_modify(|now| *now = (*now).max(urgency));
            }
        }
    }

    /// Whether something is on its way out.
    pub(crate) fn is_stopping(&self) -> bool {
        let inner = self.inner();
        let mut stops = inner.at_work.values();
        stops.any(|(_, stop)| *stop.borrow() > Stop::No)
    }

    /// Whether nothing is at work.
    pub(crate) fn is_idle(&self) -> bool {
        self.inner().at_work.is_empty()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_on_its_way_out_does_not_hide_the_next_one() {
        let stops = Stops::default();
        let first = stops.ready(7);
        let out = stops.begin(&first);
        stops.stop(Some(7), Stop::Gently);
        let second = stops.ready(7);
        drop(out);
        assert!(!stops.is_idle());
        assert_eq!(*second.stop.borrow(), Stop::No);
        stops.stop(Some(8), Stop::Now);
        stops.stop(Some(7), Stop::Gently);
        assert_eq!(*second.stop.borrow(), Stop::Gently);
        drop(stops.begin(&second));
        assert!(stops.is_idle());
    }
}
