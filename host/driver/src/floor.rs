use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use cm_effects::{Recorded, Recording};
use cm_orchestrator::{Attempt, Input};
use cm_registry::Kind;
use cm_types::{Error, Failure, Finish, Options, TurnWork};

use crate::{
    Catalog, DriveError, Engine, drift::Drift, judge::Bench, ledger::Ledger, stops::Stops,
};

/// Recordings up to this many bytes stand in the journal.
const SMALL_RECORDING: u64 = 32 * 1024;

/// The largest recording of one attempt, in bytes; the rest is counted and dropped.
const MAX_RECORDING: u64 = 64 * 1024 * 1024;

/// The variable that tells a program which piece of work it does, again when it is
/// repeated.
pub(crate) const IDEMPOTENCY_KEY: &str = "CM_IDEMPOTENCY_KEY";

/// The variable that tells a program in which run it is.
pub(crate) const RUN: &str = "CM_RUN";

/// Where a run happens.
pub(crate) struct Floor {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) catalog: Arc<Catalog>,
    /// The directory that is worked in.
    pub(crate) directory: PathBuf,
    /// A directory of the run's own, for what is made on the way.
    pub(crate) scratch: PathBuf,
    /// What is at work.
    pub(crate) stops: Stops,
    /// Somebody is there who can be asked while the run goes on.
    pub(crate) attended: AtomicBool,
    /// What the controller keeps.
    pub(crate) bench: Bench,
    /// How many recordings are on their way to the blob store.
    keeping: AtomicUsize,
    /// What adapters gave out at the end of turns that did not succeed, by conversation:
    /// such turns leave no reply, and may be gone on with.
    unfinished: Mutex<HashMap<String, Options>>,
    /// The programs of engines that were looked at.
    pub(crate) drift: Drift,
    /// The environment of this process, in which keys are.
    pub(crate) environment: Environment,
}

/// The value of an environment variable.
pub(crate) type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Something is on its way to the blob store.
pub(crate) struct Keeping<'floor>(&'floor AtomicUsize);

impl Drop for Keeping<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Floor {
    pub(crate) fn new(
        ledger: Arc<Ledger>,
        catalog: Arc<Catalog>,
        directory: PathBuf,
        scratch: PathBuf,
    ) -> Self {
        Self {
            ledger,
            catalog,
            directory,
            scratch,
            stops: Stops::default(),
            attended: AtomicBool::new(false),
            bench: Bench::default(),
            keeping: AtomicUsize::new(0),
            unfinished: Mutex::default(),
            drift: Drift::default(),
            environment: Box::new(|name| std::env::var(name).ok()),
        }
    }

    /// What the run was started with.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        self.ledger
            .look(|run| run.start.as_ref()?.settings.get(name).cloned())
    }

    /// The engine that a turn really uses.
    pub(crate) fn engine_of(&self, turn: &TurnWork) -> String {
        self.ledger.look(|run| {
            let start = run.start.as_ref();
            let instead = start.and_then(|start| start.engine.clone());
            let usual = || start.map(|start| start.default_engine.clone());
            let engine = instead.or_else(|| turn.engine.clone()).or_else(usual);
            engine.unwrap_or_default()
        })
    }

    /// The engine of a turn, ready for it.
    pub(crate) async fn engine(&self, turn: &TurnWork) -> Result<Arc<Engine>, Error> {
        let name = self.engine_of(turn);
        if let Some(failure) = self.catalog.no_engine(&name) {
            return Err(Error::Missing(failure));
        }
        let broken = |error: DriveError| match error {
            DriveError::Gone(gone) => {
                Error::Missing(Failure::new("version-gone", gone.to_string()))
            }
            error => Error::Other(Failure::new("broken-engine", error.to_string())),
        };
        let engine = self.catalog.engine(&name).map_err(broken)?;
        self.pin(Kind::Engine, &name).await.map_err(broken)?;
        Ok(engine)
    }

    /// Keeps what an adapter gave out at the end of a turn that leaves no reply.
    pub(crate) fn keep_unfinished(&self, session: &str, finish: &Finish) {
        let mut unfinished = self.lock();
        match finish.ok {
            true => drop(unfinished.remove(session)),
            false => drop(unfinished.insert(session.to_owned(), finish.options.clone())),
        }
    }

    /// What an adapter gave out when this conversation's last turn did not succeed.
    pub(crate) fn unfinished(&self, session: &str) -> Option<Options> {
        let options = self.lock().get(session).cloned();
        options.filter(|options| !options.is_empty())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Options>> {
        let locked = self.unfinished.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that something is on its way to the blob store, until it is dropped.
    pub(crate) fn keeping(&self) -> Keeping<'_> {
        self.keeping.fetch_add(1, Ordering::Relaxed);
        Keeping(&self.keeping)
    }

    /// Whether something is on its way to the blob store.
    pub(crate) fn is_keeping(&self) -> bool {
        self.keeping.load(Ordering::Relaxed) > 0
    }

    /// Keeps the raw bytes of an attempt: in the journal itself when they are few, else
    /// as a blob, beside the run's own way, since syncing a file takes long.
    pub(crate) async fn keep(&self, task: u32, recorded: Option<Recorded>) {
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
            (RUN.into(), self.ledger.run().into()),
            ("CM_STEP".into(), attempt.place.step.clone()),
            (IDEMPOTENCY_KEY.into(), attempt.idempotency.clone()),
        ]
    }

    /// Where the raw bytes of an attempt are written down while it is at work.
    pub(crate) fn recording(&self, attempt: &Attempt) -> Recording {
        let name = format!("{}-{}.recording", attempt.task, attempt.attempt);
        Recording {
            path: self.scratch.join(name),
            most: MAX_RECORDING,
        }
    }
}
