use std::sync::{Mutex, MutexGuard, PoisonError};

use cm_journal::{Journal, JournalError, Ticket};
use cm_orchestrator::{Command, Core, Decided, Event, Input, Record, Run};
use cm_types::Failure;
use tokio::sync::{Notify, watch};

use crate::schema;

/// What was decided since the last append: to be shown and performed when it is on disk.
#[derive(Default)]
pub(crate) struct Batch {
    ticket: Option<Ticket>,
    pub(crate) records: Vec<Record>,
    pub(crate) commands: Vec<Command>,
}

impl Batch {
    /// The last event in it.
    pub(crate) fn last(&self) -> Option<u64> {
        self.records.last().map(|record| record.seq)
    }

    /// Waits until it is on disk. May be dropped and called again.
    pub(crate) async fn durable(&mut self) -> Result<(), JournalError> {
        if let Some(ticket) = &mut self.ticket {
            ticket.await?;
            self.ticket = None;
        }
        Ok(())
    }
}

/// The one way into the run: an input goes to the core, what it decides goes to the
/// journal, in one order for both.
pub(crate) struct Ledger {
    run: String,
    state: Mutex<State>,
    journal: Journal,
    urgent: Notify,
    finished: Notify,
    /// Up to which event everything is on disk.
    durable: watch::Sender<u64>,
}

struct State {
    core: Core,
    pending: Batch,
}

impl Ledger {
    pub(crate) fn new(run: String, journal: Journal, state: Run) -> Self {
        let durable = watch::Sender::new(state.events);
        let core = Core::new(run.clone(), state);
        let state = Mutex::new(State {
            core,
            pending: Batch::default(),
        });
        Self {
            run,
            state,
            journal,
            urgent: Notify::new(),
            finished: Notify::new(),
            durable,
        }
    }

    /// The run's id.
    pub(crate) fn run(&self) -> &str {
        &self.run
    }

    /// The journal.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Takes an input. What follows from it is appended with the next `append`, and on
    /// disk before it is acted upon.
    pub(crate) fn input(&self, input: Input) -> Decided {
        let mut state = self.state();
        let now_ms = cm_effects::timer::now_ms();
        let before = state.core.run().events;
        let mut decision = state.core.decide(now_ms, input);
        let over = |event: &Event| {
            matches!(
                event,
                Event::Finished { .. }
                    | Event::Reused { .. }
                    | Event::Interrupted { .. }
                    | Event::Ended { .. }
            )
        };
        let over = decision.events.iter().any(over);
        let urgent = over || !decision.commands.is_empty();
        let events = std::mem::take(&mut decision.events);
        let records = (before + 1..).zip(events).map(|(seq, event)| Record {
            run: self.run.clone(),
            seq,
            at_ms: now_ms,
            event,
        });
        state.pending.records.extend(records);
        state.pending.commands.append(&mut decision.commands);
        drop(state);
        if over {
            self.finished.notify_waiters();
        }
        if urgent {
            self.urgent.notify_one();
        }
        decision
    }

    /// Takes an input and waits until what follows from it is on disk. Never ready when
    /// the journal takes no more.
    pub(crate) async fn secure(&self, input: Input) -> Decided {
        let decided = self.input(input);
        let last = self.look(|run| run.events);
        self.urgent.notify_one();
        let mut durable = self.durable.subscribe();
        // It fails only when the ledger is gone, and this borrows it.
        let _ = durable.wait_for(|seq| *seq >= last).await;
        decided
    }

    /// Everything up to this event is on disk.
    pub(crate) fn settled(&self, seq: u64) {
        self.durable.send_if_modified(|durable| {
            let more = seq > *durable;
            *durable = seq.max(*durable);
            more
        });
    }

    /// Waits for something that should not wait to be appended.
    pub(crate) async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// Hands what was decided since the last time to the journal, as one portion:
    /// whatever was decided together costs one sync of the disk.
    pub(crate) fn append(&self) -> Option<Batch> {
        let mut state = self.state();
        let mut batch = std::mem::take(&mut state.pending);
        if batch.records.is_empty() && batch.commands.is_empty() {
            return None;
        }
        // Under the lock, so that the journal has the core's order. What came at the
        // same time goes in one call; calls that follow each other go to disk together.
        for portion in batch.records.chunk_by(|a, b| a.at_ms == b.at_ms) {
            let events = portion.iter().map(|record| record.event.clone()).collect();
            let at_ms = portion.first().map_or(0, |record| record.at_ms);
            batch.ticket = Some(self.journal.append(&self.run, at_ms, events));
        }
        Some(batch)
    }

    /// Whether a value may be written: it meets the key's schema, if it has one.
    pub(crate) fn admit(&self, key: &str, value: &str) -> Result<(), Failure> {
        match self.look(|run| run.schemas.get(key).cloned()) {
            Some(schema) => schema::admit(&schema, key, value),
            None => Ok(()),
        }
    }

    /// Looks at the run.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Run) -> T) -> T {
        look(self.state().core.run())
    }

    /// Waits until the look gives something. It is looked again whenever a task is over.
    pub(crate) async fn until<T>(&self, look: impl Fn(&Run) -> Option<T>) -> T {
        loop {
            let notified = self.finished.notified();
            tokio::pin!(notified);
            // Registered before the look, so that nothing is missed in between.
            notified.as_mut().enable();
            if let Some(value) = self.look(&look) {
                return value;
            }
            notified.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The core has no state in which a panic could leave it half changed that a
        // later input would not be refused by.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
