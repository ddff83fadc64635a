use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    sync::mpsc::Sender,
    thread,
    time::Duration,
};

use crate::{JournalError, layout::Layout, writer::Job};

/// The right to drive a run. One process has it at a time; the kernel takes it back
/// when the process dies, however it dies. Dropping it gives it back after everything
/// that was appended before.
#[derive(Debug)]
pub struct Lease {
    run: String,
    directory: PathBuf,
    epoch: i64,
    lock: Option<File>,
    writer: Sender<Job>,
}

impl Lease {
    pub(crate) fn new(
        run: &str,
        layout: &Layout,
        epoch: i64,
        lock: File,
        writer: Sender<Job>,
    ) -> Self {
        Self {
            run: run.to_owned(),
            directory: layout.run(run),
            epoch,
            lock: Some(lock),
            writer,
        }
    }

    /// The run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// How often somebody has taken the run.
    pub fn epoch(&self) -> u64 {
        self.epoch.unsigned_abs()
    }

    /// The run's own directory, for what need not outlive the run.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            // Without a writer the job is dropped, and the lock with it.
            let _ = self.writer.send(Job::Release {
                run: std::mem::take(&mut self.run),
                epoch: self.epoch,
                lock,
            });
        }
    }
}

/// Locks the run for this process and says so in the lock file.
pub(crate) fn lock(layout: &Layout, run: &str) -> Result<File, JournalError> {
    let path = layout.lock(run);
    let failed = |error| JournalError::io("write", &path, &error);
    let directory = layout.run(run);
    fs::create_dir_all(&directory)
        .map_err(|error| JournalError::io("create", &directory, &error))?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed)?;
    let mut held = 0;
    for _ in 0..LOOKS {
        match file.try_lock() {
            Ok(()) => {
                let pid = format!("{}\n", std::process::id());
                file.set_len(0).map_err(failed)?;
                file.write_all(pid.as_bytes()).map_err(failed)?;
                return Ok(file);
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        // Who only looks whether somebody drives the run holds it for a moment, together
        // with anybody else who looks.
        // And a program that is just being started holds all locks of its parent, until
        // it is itself.
        match file.try_lock_shared() {
            Ok(()) => file.unlock().map_err(failed)?,
            Err(_) if held == HELD => break,
            Err(_) => held += 1,
        }
        thread::sleep(Duration::from_millis(1));
    }
    Err(JournalError::Busy {
        run: run.to_owned(),
        pid: read_pid(&mut file),
    })
}

const LOOKS: u32 = 100;
/// So many looks, a millisecond apart, until the holder is taken for one who drives it.
const HELD: u32 = 20;

/// The process that drives the run: none, or its id, or 0 if it did not say.
pub(crate) fn driver(layout: &Layout, run: &str) -> Result<Option<u32>, JournalError> {
    let path = layout.lock(run);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(JournalError::io("read", &path, &error)),
    };
    for _ in 0..HELD {
        match file.try_lock_shared() {
            Ok(()) => return Ok(None),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                return Err(JournalError::io("read", &path, &error));
            }
        }
        if let Some(pid) = read_pid(&mut file) {
            return Ok(Some(pid));
        }
        // It is just being taken or given back, or a program that is just being started
        // still has it.
        thread::sleep(Duration::from_millis(1));
    }
    Ok(Some(0))
}

/// Gives the run back. The file says so at once: the lock itself lasts a moment longer
/// where a program is just being started.
pub(crate) fn release(lock: File) {
    // Without that, who looks at the wrong moment takes it for held.
    let _ = lock.set_len(0);
    drop(lock);
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
