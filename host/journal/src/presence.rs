use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::JournalError;

/// Says that a process has the journal open for writing: a file that all such processes
/// lock together, and in which the last one writes that it has closed everything. Who
/// comes first and reads something else knows that somebody was killed.
///
/// It is not synced, because opening must not wait for the disk: after a power failure
/// it may say what it said earlier. So it also names the boot of the machine that it
/// was written in, and the word of another boot is not relied on.
#[derive(Debug)]
pub(crate) struct Presence {
    file: File,
    path: PathBuf,
    boot: String,
    /// Somebody did not close the journal.
    pub(crate) unclean: bool,
    /// Nobody can say that the file is whole.
    pub(crate) doubtful: bool,
}

impl Presence {
    /// `sweep` runs unless all was closed well, while nobody else is there.
    pub(crate) fn enter(path: &Path, sweep: impl FnOnce()) -> Result<Self, JournalError> {
        let failed = |error| JournalError::io("write", path, &error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        let boot = boot();
        let (mut unclean, mut doubtful) = (false, false);
        if alone(&file) {
            let mut text = String::new();
            let read = file.read_to_string(&mut text).is_ok();
            unclean = read && text.starts_with(OPEN);
            doubtful = !read || text != line(CLOSED, &boot);
            if doubtful {
                sweep();
            }
            write(&mut file, OPEN, &boot).map_err(failed)?;
            // A lock cannot everywhere be turned into a weaker one. Who slips in
            // between takes us for killed and checks once more than needed.
            file.unlock().map_err(failed)?;
        }
        file.lock_shared().map_err(failed)?;
        Ok(Self {
            file,
            path: path.into(),
            boot,
            unclean,
            doubtful,
        })
    }

    /// Call it after everything is written and closed.
    pub(crate) fn leave(mut self) -> Result<(), JournalError> {
        let failed = |error| JournalError::io("write", &self.path, &error);
        self.file.unlock().map_err(failed)?;
        if self.file.try_lock().is_ok() {
            write(&mut self.file, CLOSED, &self.boot).map_err(failed)?;
        }
        Ok(())
    }
}

/// Whether nobody else has it open. A program that is just being started holds all locks
/// of its parent until it is itself, so a first no is not believed.
fn alone(file: &File) -> bool {
    let look = |pause: u64| {
        thread::sleep(Duration::from_millis(pause));
        file.try_lock().is_ok()
    };
    [0, 1, 1, 2].into_iter().any(look)
}

const OPEN: &str = "open";
const CLOSED: &str = "closed";

/// Always of the same length: some file systems go to the disk when a file was cut.
fn line(word: &str, boot: &str) -> String {
    format!("{word:<6} {boot}\n")
}

fn write(file: &mut File, word: &str, boot: &str) -> std::io::Result<()> {
    let text = line(word, boot);
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    if file.metadata()?.len() != text.len() as u64 {
        file.set_len(text.len() as u64)?;
    }
    match boot.is_empty() {
        true => file.sync_all(),
        false => Ok(()),
    }
}

/// Empty where the system does not tell.
fn boot() -> String {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().to_owned()
}
