use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use cm_effects::Recorded;
use cm_orchestrator::{Attempt, Command, Input};
use cm_types::{Error, Failure, Reply, Work};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Catalog, Stop, failure, guest,
    ledger::Ledger,
    person::{Asked, Person, Word},
    turn::stopped,
};

/// Recordings up to this many bytes stand in the journal.
const SMALL_RECORDING: u64 = 32 * 1024;

/// The variable that tells a program which piece of work it does, again when it is
/// repeated.
pub(crate) const IDEMPOTENCY_KEY: &str = "CM_IDEMPOTENCY_KEY";

/// Where a run happens.
pub(crate) struct Floor {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) catalog: Arc<Catalog>,
    /// The directory that is worked in.
    pub(crate) directory: PathBuf,
    /// A directory of the run's own, for what is made on the way.
    pub(crate) scratch: PathBuf,
    stops: Mutex<HashMap<u32, watch::Sender<Stop>>>,
    /// How many recordings are on their way to the blob store.
    keeping: AtomicUsize,
}

/// What came of an attempt, and what it printed.
pub(crate) struct Done {
    pub(crate) result: Result<Reply, Error>,
    pub(crate) recorded: Option<Recorded>,
}

impl Done {
    pub(crate) fn nothing(error: Error) -> Self {
        Self {
            result: Err(error),
            recorded: None,
        }
    }
}

impl Floor {
    pub(crate) fn new(
        ledger: Arc<Ledger>,
        catalog: Arc<Catalog>,
        directory: PathBuf,
        scratch: PathBuf,
    ) -> Self {
        let (stops, keeping) = (Mutex::default(), AtomicUsize::new(0));
        Self {
            ledger,
            catalog,
            directory,
            scratch,
            stops,
            keeping,
        }
    }

    /// Begins what the core wants done, and gives back at once.
    pub(crate) fn perform(
        self: &Arc<Self>,
        commands: Vec<Command>,
        at_work: &mut JoinSet<()>,
        person: &mut Option<Box<dyn Person>>,
    ) {
        for command in commands {
            match command {
                Command::Perform(attempt) => {
                    let stop = self.stop_of(attempt.task);
                    let floor = Arc::clone(self);
                    at_work.spawn(async move { floor.work(*attempt, stop).await });
                }
                Command::Ask(attempt) => self.ask(*attempt, person),
                Command::Wake { task, at_ms } => {
                    let ledger = Arc::clone(&self.ledger);
                    at_work.spawn(async move {
                        cm_effects::timer::until(at_ms).await;
                        ledger.input(Input::Woke { task });
                    });
                }
                Command::Stop { task } => self.stop(Some(task), Stop::Gently),
            }
        }
    }

    /// Stops one task, or all.
    pub(crate) fn stop(&self, task: Option<u32>, urgency: Stop) {
        let stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, stop) in &*stops {
            if task.is_none_or(|task| task == *id) {
                stop.send_modify(|now| *now = (*now).max(urgency));
            }
        }
    }

    /// Whether nothing is at work.
    pub(crate) fn is_idle(&self) -> bool {
        self.stops
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    fn stop_of(&self, task: u32) -> watch::Receiver<Stop> {
        let mut stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = watch::Sender::new(Stop::No);
        let receiver = sender.subscribe();
        stops.insert(task, sender);
        receiver
    }

    async fn work(self: Arc<Self>, attempt: Attempt, stop: watch::Receiver<Stop>) {
        let done = match &attempt.work {
            Work::Turn(turn) => self.turn(&attempt, turn, stop).await,
            Work::Command(command) => self.command(&attempt, command, stop).await,
            Work::Step(step) => self.step(&attempt, step, stop).await,
            Work::Question(_) | Work::Timer(_) => {
                let message = "a question or a timer is no work for a program";
                Done::nothing(Error::Invalid(Failure::new("not-work", message)))
            }
        };
        let task = attempt.task;
        // The count goes up before the workflow hears of the result and may return.
        self.keeping.fetch_add(1, Ordering::Relaxed);
        self.ledger.input(Input::Ended {
            task,
            result: done.result,
        });
        self.keep(task, done.recorded).await;
        self.keeping.fetch_sub(1, Ordering::Relaxed);
        self.stops
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&task);
    }

    fn ask(&self, attempt: Attempt, person: &mut Option<Box<dyn Person>>) {
        let Work::Question(question) = attempt.work else {
            return;
        };
        let Some(person) = person else { return };
        let asked = Asked {
            task: attempt.task,
            step: attempt.place.step,
            question,
        };
        let ledger = Arc::clone(&self.ledger);
        person.ask(
            asked,
            Box::new(move |word| {
                if let Word::Answer { text, by } = word {
                    ledger.input(Input::Answer {
                        task: attempt.task,
                        text,
                        by,
                    });
                }
            }),
        );
    }

    /// Whether something is on its way to the blob store.
    pub(crate) fn is_keeping(&self) -> bool {
        self.keeping.load(Ordering::Relaxed) > 0
    }

    /// Keeps the raw bytes of an attempt: in the journal itself when they are few, else
    /// as a blob, beside the run's own way, since syncing a file takes long.
    async fn keep(&self, task: u32, recorded: Option<Recorded>) {
        let Some(recorded) = recorded else { return };
        let (path, bytes) = (recorded.path, recorded.bytes);
        let small = (bytes <= SMALL_RECORDING).then(|| std::fs::read_to_string(&path));
        if let Some(Ok(text)) = small {
            // Only a copy is lost if it stays.
            let _ = std::fs::remove_file(&path);
            self.ledger.input(Input::Recorded {
                task,
                bytes,
                text: Some(text),
                blob: None,
            });
            return;
        }
        let ledger = Arc::clone(&self.ledger);
        let kept = tokio::task::spawn_blocking(move || ledger.journal().blobs().put_file(&path));
        // Losing a recording loses no result; the journal then has no word of it.
        if let Ok(Ok(blob)) = kept.await {
            self.ledger.input(Input::Recorded {
                task,
                bytes,
                text: None,
                blob: Some(blob),
            });
        }
    }

    /// The variables by which a program knows where it is.
    pub(crate) fn variables(&self, attempt: &Attempt) -> Vec<(String, String)> {
        vec![
            ("CM_RUN".into(), self.ledger.run().into()),
            ("CM_STEP".into(), attempt.place.step.clone()),
            (IDEMPOTENCY_KEY.into(), attempt.idempotency.clone()),
        ]
    }

    async fn step(
        &self,
        attempt: &Attempt,
        work: &cm_types::StepWork,
        mut stop: watch::Receiver<Stop>,
    ) -> Done {
        let (guest, package, name) = match self.catalog.step(&work.name) {
            Ok(found) => found,
            Err(error) => {
                return Done::nothing(Error::Missing(Failure::new(
                    "unknown-step",
                    error.to_string(),
                )));
            }
        };
        let scope = Some(attempt.task);
        self.ledger.input(Input::Pass { scope });
        let context = guest::Guest {
            ledger: Arc::clone(&self.ledger),
            scope,
            bundle: Arc::new(crate::PackageBundle::new(package)),
        };
        let result = tokio::select! {
            result = guest.run(Arc::new(context), &name, &work.input) => match result {
                Ok(Ok(text)) => Ok(Reply { text, ..Reply::default() }),
                Ok(Err(error)) => Err(error),
                Err(fault) => Err(failure::guest(&fault)),
            },
            () = async { stopped(&mut stop).await; } => Err(Error::Cancelled),
        };
        Done {
            result,
            recorded: None,
        }
    }
}
