//! Writing so that a crash at any moment leaves the old or the new state.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::Error;

/// How long to wait for another process.
const PATIENCE: Duration = Duration::from_secs(60);

/// Creates a directory and those above it, for their owner alone.
pub(crate) fn create_directories(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|error| Error::io("create the directory", path, error))
}

/// A name for a new file beside others that no other process uses.
pub(crate) fn fresh(directory: &Path, stem: &str) -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    directory.join(format!("{stem}.{}.{number}.new", std::process::id()))
}

/// Puts bytes in the place of a file: whoever looks sees the old or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let stem = path.file_name().unwrap_or_default().to_string_lossy();
    let new = fresh(directory, &stem);
    let written = write_new(&new, bytes).and_then(|()| fs::rename(&new, path));
    if let Err(error) = written {
        let _ = fs::remove_file(&new);
        return Err(Error::io("write", path, error));
    }
    sync_directory(directory)
}

/// The same for what is known by its digest: whoever reads it verifies it, so that it need
/// not be on the disk before anybody goes on.
pub(crate) fn place(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let stem = path.file_name().unwrap_or_default().to_string_lossy();
    let new = fresh(directory, &stem);
    let written = fs::write(&new, bytes).and_then(|()| fs::rename(&new, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&new);
        Error::io("write", path, error)
    })
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> Result<(), Error> {
    // Elsewhere a directory cannot be opened as a file, and need not be.
    if !cfg!(unix) {
        return Ok(());
    }
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| Error::io("write", path, error))
}

/// Reads a regular file of at most `limit` bytes; none when it is not there.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    let failed = |error| Error::io("read", path, error);
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    // Opening a FIFO would wait for somebody to write to it.
    if !metadata.is_file() {
        return Err(failed(io::Error::other("not a regular file")));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(limit)).unwrap_or(0));
    let file = File::open(path).map_err(failed)?;
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        let why = format!("it has more than {limit} bytes");
        return Err(failed(io::Error::other(why)));
    }
    Ok(Some(bytes))
}

/// The right to change a directory; ends with the value or the process.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Lock {
    pub(crate) fn acquire(path: &Path) -> Result<Self, Error> {
        Self::wait(path, File::try_lock)
    }

    /// Together with others that do the same.
    pub(crate) fn share(path: &Path) -> Result<Self, Error> {
        Self::wait(path, File::try_lock_shared)
    }

    /// Whether nobody has it. One that is not there is free.
    pub(crate) fn is_free(path: &Path) -> bool {
        File::open(path).map_or(true, |file| file.try_lock().is_ok())
    }

    fn wait(path: &Path, attempt: fn(&File) -> Result<(), TryLockError>) -> Result<Self, Error> {
        let failed = |error| Error::io("lock", path, error);
        let file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .map_err(failed)?;
        let start = Instant::now();
        loop {
            match attempt(&file) {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if start.elapsed() >= PATIENCE => {
                    return Err(Error::Locked {
                        file: path.to_owned(),
                        seconds: PATIENCE.as_secs(),
                    });
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}
