//! What turns and commands have in common.

use cm_effects::{Process, Recorded};
use cm_types::{Error, Failure, Reply};
use tokio::sync::watch;

use crate::Stop;

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

/// Resolves when the task is to stop, and again when it is to stop faster.
pub(crate) async fn stopped(stop: &mut watch::Receiver<Stop>) -> Stop {
    loop {
        if stop.changed().await.is_err() {
            // Nobody can stop it any more.
            std::future::pending::<()>().await;
        }
        let now = *stop.borrow_and_update();
        if now > Stop::No {
            return now;
        }
    }
}

pub(crate) fn identity(process: &Process) -> cm_orchestrator::Process {
    let identity = process.identity();
    cm_orchestrator::Process {
        pid: identity.pid,
        started: identity.started,
        mark: identity.mark.clone(),
    }
}

pub(crate) fn no_scratch(error: &std::io::Error) -> Error {
    let message = format!("no directory for the program's own files could be made: {error}");
    Error::Unavailable(Failure::new("no-scratch", message))
}
