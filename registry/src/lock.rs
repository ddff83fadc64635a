use std::{
    fs::{File, TryLockError},
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use crate::{Error, Home};

/// The right to change what is installed; ends with the value or the process.
pub(crate) struct Lock(#[expect(dead_code, reason = "held, never read")] File);

/// How long to wait for another process that installs something.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

impl Lock {
    pub(crate) fn file(home: &Home) -> PathBuf {
        home.imports().join("registry.lock")
    }

    pub(crate) fn acquire(home: &Home, patience: Duration) -> Result<Self, Error> {
        home.create(&home.imports())?;
        let path = Self::file(home);
        let failed = |error| Error::io("lock", &path, error);
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(failed)?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if start.elapsed() >= patience => {
                    return Err(Error::Locked {
                        file: path,
                        seconds: patience.as_secs(),
                    });
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}
