use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::JournalError;

/// Where things are in a project's state directory.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.into() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("journal.db")
    }

    pub(crate) fn presence(&self) -> PathBuf {
        self.root.join("journal.open")
    }

    pub(crate) fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// The caller has checked the id.
    pub(crate) fn run(&self, id: &str) -> PathBuf {
        self.root.join("runs").join(id)
    }

    pub(crate) fn lock(&self, id: &str) -> PathBuf {
        self.run(id).join("lock")
    }

    /// Makes the directory if it is missing. What we make ourselves stays out of the
    /// project's history.
    pub(crate) fn create(&self) -> Result<(), JournalError> {
        if self.root.is_dir() {
            return Ok(());
        }
        let failed = |error| JournalError::io("create", &self.root, &error);
        fs::create_dir_all(&self.root).map_err(failed)?;
        let ignore = self.root.join(".gitignore");
        fs::write(&ignore, "*\n").map_err(|error| JournalError::io("write", &ignore, &error))
    }
    /// Where a new database is made. Left behind only by a process that was killed.
    pub(crate) const DRAFT: &str = ".new-";

    /// Removes what killed processes left half-made. Only for who is alone here.
    pub(crate) fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.root) else {
            return;
        };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(Self::DRAFT) {
                // What cannot be removed costs space and nothing else.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Makes a rename or a new name in this directory survive a power loss.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    // Other systems cannot open a directory as a file, and need no sync of it.
    match cfg!(unix) {
        true => File::open(path)?.sync_all(),
        false => Ok(()),
    }
}
