//! A place for one turn alone.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;

use crate::census;

/// How the names of these directories begin.
const PREFIX: &str = "cm-";

/// A new, empty directory that only this user can look into. It is removed with all
/// that is in it when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    directory: Option<TempDir>,
}

impl Scratch {
    /// In the system's directory for such things. Its path is short: programs put sockets
    /// there, whose paths may have about 100 bytes.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> io::Result<Self> {
        Self::within(&std::env::temp_dir())
    }

    /// In this directory, which must exist.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn within(parent: &Path) -> io::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        Ok(Self {
            directory: Some(directory),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        // There is one until `remove` or `drop`, which nobody can look behind.
        self.directory.as_ref().map_or(Path::new(""), TempDir::path)
    }

    /// Removes it now.
    ///
    /// # Errors
    /// When something in it cannot be removed; it is left as it is then.
    pub fn remove(mut self) -> io::Result<()> {
        self.clear()
    }

    fn clear(&mut self) -> io::Result<()> {
        let Some(directory) = self.directory.take() else {
            return Ok(());
        };
        wipe(&directory.keep())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is left to the system.
        let _ = self.clear();
    }
}

/// Directories of this kind that a `cm` has left which was killed: this user's, unchanged
/// for so long, and in no living program's environment.
pub fn forgotten(age: Duration) -> Vec<PathBuf> {
    let parent = std::env::temp_dir();
    let is_old = |metadata: &fs::Metadata| {
        let changed = metadata.modified().ok();
        let elapsed = changed.and_then(|changed| changed.elapsed().ok());
        elapsed.is_some_and(|elapsed| elapsed >= age)
    };
    let me = rustix::process::geteuid().as_raw();
    let mut found = Vec::new();
    for entry in fs::read_dir(&parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        // `cm-` and what makes it unique, which has six letters and digits.
        let Some(unique) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
            continue;
        };
        let ours = unique.len() == 6 && unique.bytes().all(|it| it.is_ascii_alphanumeric());
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let private = metadata.is_dir() && metadata.mode() & 0o777 == 0o700;
        if ours && private && metadata.uid() == me && is_old(&metadata) {
            let path = entry.path();
            if !census::is_mentioned(&path.display().to_string()) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Removes a directory with all that is in it, if it is there.
///
/// # Errors
/// When something in it cannot be removed.
pub fn wipe(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            // Some tools write-protect what they unpack, directories too.
            unprotect(path);
            fs::remove_dir_all(path)
        }
        answer => answer,
    }
}

fn unprotect(directory: &Path) {
    let _ = fs::set_permissions(directory, Permissions::from_mode(0o700));
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        // The type of the entry itself: a symbolic link is not followed out of here.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            unprotect(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_uses_is_forgotten() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        let is_found = |age| forgotten(age).contains(&path);
        assert!(is_found(Duration::ZERO));
        assert!(!is_found(Duration::from_secs(3600)));
        let mut sleeper = std::process::Command::new("sleep")
            .arg("60")
            .env("TMPDIR", &path)
            .spawn()
            .unwrap();
        assert!(!is_found(Duration::ZERO));
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
        assert!(is_found(Duration::ZERO));
    }
}
