use std::{
    fs,
    path::{Path, PathBuf},
};

use cm_registry::Home;

use crate::{Error, disk};

/// A directory that goes with the value. What a killed process leaves,
/// [`super::Workspace::gc`] clears away.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    /// Held for as long as it is in use.
    _lock: disk::Lock,
}

impl Temporary {
    pub(super) fn root(home: &Home) -> PathBuf {
        home.root().join("tmp")
    }

    pub(super) fn new(home: &Home) -> Result<Self, Error> {
        let root = Self::root(home);
        disk::create_directories(&root)?;
        let path = disk::fresh(&root, "work");
        disk::create_directories(&path)?;
        let lock = disk::Lock::acquire(&Self::lock_file(&path))?;
        Ok(Self { path, _lock: lock })
    }

    fn lock_file(path: &Path) -> PathBuf {
        path.with_extension("lock")
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes those that nobody uses any more.
    pub(super) fn clear(home: &Home) -> Result<(), Error> {
        let root = Self::root(home);
        for entry in fs::read_dir(&root).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && disk::Lock::is_free(&Self::lock_file(&path)) {
                fs::remove_dir_all(&path).map_err(|error| Error::io("delete", &path, error))?;
                let _ = fs::remove_file(Self::lock_file(&path));
            }
        }
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What is left is cleared away later.
        let _ = fs::remove_dir_all(&self.path);
        let _ = fs::remove_file(Self::lock_file(&self.path));
    }
}
