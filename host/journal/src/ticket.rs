use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::JournalError;

type Outcome<T> = Result<T, JournalError>;

/// The promise of an acknowledgement: resolves to the last event's place when the
/// events are on disk. May be dropped; the events are written all the same.
///
/// It is a future for any executor, and can be waited for without one.
#[derive(Debug)]
#[must_use = "an append that is not waited for is not acknowledged"]
pub struct Ticket<T = u64>(Arc<Slot<T>>);

#[derive(Debug)]
struct Slot<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    outcome: Option<Outcome<T>>,
    waker: Option<Waker>,
}

/// The other end: given up without an answer, it answers that the journal was closed.
#[derive(Debug)]
pub(crate) struct Resolver<T>(Option<Arc<Slot<T>>>);

pub(crate) fn ticket<T>() -> (Resolver<T>, Ticket<T>) {
    let slot = Arc::new(Slot {
        state: Mutex::new(State {
            outcome: None,
            waker: None,
        }),
        changed: Condvar::new(),
    });
    (Resolver(Some(slot.clone())), Ticket(slot))
}

impl<T: Send + 'static> Ticket<T> {
    /// Resolves when the events are on disk.
    pub fn durable(self) -> impl Future<Output = Result<T, JournalError>> + Send + 'static {
        self
    }

    /// The same, blocking this thread.
    pub fn wait_blocking(self) -> Result<T, JournalError> {
        let mut state = self.0.lock();
        loop {
            match state.outcome.take() {
                Some(outcome) => return outcome,
                None => {
                    state = self
                        .0
                        .changed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

impl<T> Ticket<T> {
    pub(crate) fn failed(error: JournalError) -> Self {
        let (resolver, ticket) = ticket();
        resolver.resolve(Err(error));
        ticket
    }
}

impl<T> Future for Ticket<T> {
    type Output = Result<T, JournalError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.lock();
        match state.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> Slot<T> {
    // A panic elsewhere must not become one here: the state is valid at any time.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, outcome: Outcome<T>) {
        let mut state = self.lock();
        state.outcome = Some(outcome);
        let waker = state.waker.take();
        drop(state);
        self.changed.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Resolver<T> {
    pub(crate) fn resolve(mut self, outcome: Outcome<T>) {
        if let Some(slot) = self.0.take() {
            slot.set(outcome);
        }
    }
}

impl<T> Drop for Resolver<T> {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take() {
            slot.set(Err(JournalError::Closed));
        }
    }
}
