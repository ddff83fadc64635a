//! A place for one turn alone.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use tempfile::TempDir;

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
            .prefix("cm-")
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
        let path = directory.keep();
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                // Some tools write-protect what they unpack, directories too.
                unprotect(&path);
                fs::remove_dir_all(&path)
            }
            answer => answer,
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is left to the system.
        let _ = self.clear();
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
