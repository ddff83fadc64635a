use std::sync::{Mutex, MutexGuard, PoisonError};

use cm_journal::{Journal, Ticket};
use cm_orchestrator::{Command, Core, Decision, Event, Input, Record, Run};
use tokio::sync::{Notify, mpsc};

/// What the core decided at once: to be shown and performed when it is on disk.
pub(crate) struct Batch {
    pub(crate) ticket: Option<Ticket>,
    pub(crate) records: Vec<Record>,
    pub(crate) commands: Vec<Command>,
}

/// The one way into the run: an input goes to the core, what it decides goes to the
/// journal, in one order for both.
pub(crate) struct Ledger {
    run: String,
    core: Mutex<Core>,
    journal: Journal,
    batches: mpsc::UnboundedSender<Batch>,
    finished: Notify,
}

impl Ledger {
    pub(crate) fn new(
        run: String,
        journal: Journal,
        state: Run,
    ) -> (Self, mpsc::UnboundedReceiver<Batch>) {
        let (batches, receiver) = mpsc::unbounded_channel();
        let core = Mutex::new(Core::new(run.clone(), state));
        let finished = Notify::new();
        (Self { run, core, journal, batches, finished }, receiver)
    }

    /// The run's id.
    pub(crate) fn run(&self) -> &str {
        &self.run
    }

    /// The journal.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Takes an input. What follows from it is appended before this returns, and on
    /// disk before it is acted upon.
    pub(crate) fn input(&self, input: Input) -> Decision {
        let mut core = self.core();
        let now_ms = cm_effects::timer::now_ms();
        let before = core.run().events;
        let mut decision = core.decide(now_ms, input);
        let over = |event: &Event| matches!(event, Event::Finished { .. } | Event::Interrupted { .. } | Event::Ended { .. });
        let over = decision.events.iter().any(over);
        if !decision.events.is_empty() || !decision.commands.is_empty() {
            let events = std::mem::take(&mut decision.events);
            let records = (before + 1..).zip(&events).map(|(seq, event)| Record {
                run: self.run.clone(),
                seq,
                at_ms: now_ms,
                event: event.clone(),
            });
            let records: Vec<_> = records.collect();
            // Appended under the core's lock: the journal has the core's order.
            let ticket = (!events.is_empty()).then(|| self.journal.append(&self.run, now_ms, events));
            let commands = std::mem::take(&mut decision.commands);
            // Nobody listens any more only when the run is being let go.
            let _ = self.batches.send(Batch { ticket, records, commands });
        }
        drop(core);
        if over {
            self.finished.notify_waiters();
        }
        decision
    }

    /// Looks at the run.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Run) -> T) -> T {
        look(self.core().run())
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

    fn core(&self) -> MutexGuard<'_, Core> {
        // The core has no state in which a panic could leave it half changed that a
        // later input would not be refused by.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
