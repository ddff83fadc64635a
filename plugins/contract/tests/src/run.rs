use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cm_runtime::{Bundle, Pending, RunContext};
use cm_types::{Controller, Error, Extension, Failure, Placement, Policy, Reply, Work};

/// A run that does nothing by itself: commands answer with their own line and the
/// exit code 3, timers never end.
#[derive(Default)]
pub struct Run {
    /// The shared state.
    pub state: Mutex<BTreeMap<String, String>>,
    /// What was asked for; a task's number is its position.
    pub work: Mutex<Vec<(Placement, Work)>>,
    /// The tasks that were to be cancelled.
    pub cancelled: Mutex<Vec<u32>>,
    /// Refuse to start anything.
    pub refuse: bool,
}

/// A test that has panicked has failed already; its lock is no further concern.
fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RunContext for Run {
    fn id(&self) -> String {
        "run".into()
    }

    fn bundle(&self) -> Arc<dyn Bundle> {
        Arc::new(Nothing)
    }

    fn setting(&self, _: &str) -> Option<String> {
        None
    }

    fn start(&self, place: Placement, work: Work, _: Policy) -> Result<u32, Error> {
        if self.refuse {
            return Err(Error::Denied(Failure::new(
                "refused",
                "nothing may be started",
            )));
        }
        let mut all = open(&self.work);
        all.push((place, work));
        Ok(u32::try_from(all.len() - 1).unwrap_or(u32::MAX))
    }

    fn wait(&self, task: u32) -> Pending<'_, Result<Reply, Error>> {
        let text = match open(&self.work).get(task as usize) {
            Some((_, Work::Command(command))) => Some(command.line.clone()),
            _ => None,
        };
        Box::pin(async move {
            let Some(text) = text else {
                return std::future::pending().await;
            };
            Ok(Reply {
                text,
                code: Some(3),
                ..Reply::default()
            })
        })
    }

    fn next(&self, tasks: Vec<u32>) -> Pending<'_, usize> {
        let work = open(&self.work);
        let command = |task: &u32| matches!(work.get(*task as usize), Some((_, Work::Command(_))));
        let first = tasks.iter().position(command);
        Box::pin(async move {
            match first {
                Some(first) => first,
                None => std::future::pending().await,
            }
        })
    }

    fn cancel(&self, task: u32) {
        open(&self.cancelled).push(task);
    }

    fn entrust(&self, _: Controller, _: u32) -> Result<(), Error> {
        Ok(())
    }

    fn read(&self, key: &str) -> Option<(String, u32)> {
        open(&self.state).get(key).map(|value| (value.clone(), 1))
    }

    fn write(&self, key: String, value: String) -> Result<u32, Error> {
        open(&self.state).insert(key, value);
        Ok(1)
    }

    fn swap(&self, key: String, _: u32, value: String) -> Result<u32, Error> {
        self.write(key, value)
    }

    fn declare(&self, _: String, _: String) -> Result<(), Error> {
        Ok(())
    }

    fn file(&self, path: &str) -> Result<String, Error> {
        Err(Error::Missing(Failure::new("no-file", path)))
    }

    fn files(&self, _: &str) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    fn conform(&self, _: &str, _: &str) -> Result<Vec<String>, Error> {
        Ok(Vec::new())
    }

    fn save(&self, _: &str, _: &str, _: String) -> Result<(), Error> {
        Ok(())
    }

    fn artifact(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn mark(&self, _: Placement, _: String, _: Option<String>) {}

    fn note(&self, _: Extension) {}

    fn now(&self) -> f64 {
        0.0
    }

    fn random(&self) -> u32 {
        0
    }
}

/// A package without files.
struct Nothing;

impl Bundle for Nothing {
    fn paths(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn read(&self, path: &str) -> Result<String, Error> {
        Err(Error::Missing(Failure::new("no-file", path)))
    }
}
