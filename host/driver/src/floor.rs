use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use cm_effects::{Recorded, Recording};
use cm_orchestrator::{Attempt, Input};
use tokio::sync::watch;

use crate::{Catalog, Stop, ledger::Ledger};

/// Recordings up to this many bytes stand in the journal.
const SMALL_RECORDING: u64 = 32 * 1024;

/// The largest recording of one attempt, in bytes; the rest is counted and dropped.
const MAX_RECORDING: u64 = 64 * 1024 * 1024;

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

    pub(crate) fn stop_of(&self, task: u32) -> watch::Receiver<Stop> {
        let mut stops = self.stops.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = watch::Sender::new(Stop::No);
        let receiver = sender.subscribe();
        stops.insert(task, sender);
        receiver
    }

    /// The task is at work no more.
    pub(crate) fn left(&self, task: u32) {
        self.stops
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&task);
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
            ("CM_RUN".into(), self.ledger.run().into()),
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
