//! What an interrupted change leaves behind, and how it is cleared away.
//!
//! registry.json alone decides what is installed. Directories that a change
//! puts beside it before, or leaves after, are written down first; whoever holds
//! the lock next deletes those of them that registry.json does not refer to.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Error, Home, disk, index::Index, record::safe_place};

/// Directories, `[NAMESPACE/]NAME/DIRECTORY` below imports/, that are one change's doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sweep {
    /// Not installed before the change is through.
    #[serde(default)]
    pub(crate) add: Vec<String>,
    /// No longer installed once it is.
    #[serde(default)]
    pub(crate) drop: Vec<String>,
}

/// Where copies are made, and where they go before they are deleted.
pub(crate) fn staging(home: &Home) -> PathBuf {
    home.imports().join(".staging")
}

fn file(home: &Home) -> PathBuf {
    home.imports().join(".sweep.json")
}

impl Sweep {
    /// Writes down what a change is about to do.
    pub(crate) fn announce(&self, home: &Home) -> Result<(), Error> {
        let bytes = serde_json::to_vec(self)
            .map_err(|error| Error::io("write", file(home), error.into()))?;
        disk::replace(&file(home), &bytes)
    }

    /// What the last change was about to do.
    pub(crate) fn read(home: &Home) -> Self {
        let bytes = disk::read(&file(home), 1 << 20)
            .ok()
            .flatten()
            .unwrap_or_default();
        let mut sweep: Self = serde_json::from_slice(&bytes).unwrap_or_default();
        sweep.add.retain(|place| safe_place(place));
        sweep.drop.retain(|place| safe_place(place));
        sweep
    }
}

/// Clears away what earlier changes have left. For who holds the lock.
pub(crate) fn clear(home: &Home, index: &Index) -> Result<(), Error> {
    let imports = home.imports();
    let staging = staging(home);
    let sweep = Sweep::read(home);
    for (number, place) in sweep.add.iter().chain(&sweep.drop).enumerate() {
        let directory = imports.join(place);
        if !index.refers_to(place) && directory.exists() {
            // Moved first: a half deleted copy must not look like a package.
            disk::create_directories(&staging)?;
            let dead = staging.join(format!("dead-{number}"));
            disk::remove_tree(&dead)?;
            disk::rename(&directory, &dead)?;
        }
        for (at, _) in place.rmatch_indices('/') {
            disk::remove_if_empty(&imports.join(&place[..at]))?;
        }
    }
    for leftover in [".sweep.json", ".sweep.json.new", "registry.json.new"] {
        let leftover = imports.join(leftover);
        if leftover.exists() {
            disk::remove_file(&leftover)?;
        }
    }
    if staging.exists() {
        disk::remove_tree(&staging)?;
    }
    Ok(())
}
