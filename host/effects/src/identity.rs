use std::{
    collections::hash_map::RandomState,
    ffi::OsString,
    hash::{BuildHasher as _, Hasher as _},
};

use serde::{Deserialize, Serialize};

/// The variable that carries [`ProcessIdentity::mark`] in a process and whatever it starts.
pub(crate) const MARK: &str = "CM_PROCESS";

/// The variable by which a process, and whatever it starts, is known to come to its end by
/// itself.
pub(crate) const FINISHES: &str = "CM_FINISHES";

/// What tells a process from any other, also later and to another `cm`: to be written
/// down before the process is relied on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIdentity {
    /// Its process id, and the id of its process group.
    pub pid: u32,
    /// When it started, in the kernel's ticks since boot (field 22 of
    /// `/proc/PID/stat`). 0 where that is not known.
    pub started: u64,
    /// A random word in its environment, which its children inherit even when they
    /// leave the group.
    pub mark: String,
}

/// A word that no other process carries.
pub(crate) fn new_mark() -> String {
    // `RandomState` is seeded by the system; two of them make 128 bits that differ
    // between processes, threads and calls.
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}

/// The environment with the mark in it, and without an older one.
pub(crate) fn marked(
    mut environment: Vec<(OsString, OsString)>,
    mark: &str,
) -> Vec<(OsString, OsString)> {
    environment.retain(|(name, _)| name != MARK);
    environment.push((MARK.into(), mark.into()));
    environment
}
