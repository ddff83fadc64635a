//! What was asked for, and what came of it.

use std::collections::HashSet;

use cm_types::{Digest, Error, Reply};

use crate::{TaskKey, offer::Keepsake};

#[derive(Debug)]
pub(super) struct Asked {
    pub(super) key: TaskKey,
    pub(super) step: String,
    pub(super) kind: Kind,
    /// Not before the step with which the other run begins.
    pub(super) anew: bool,
    pub(super) over: Option<Over>,
    pub(super) kept: Vec<Keepsake>,
}

#[derive(Debug)]
pub(super) struct Over {
    pub(super) result: Result<Reply, Error>,
    pub(super) by: Option<String>,
    pub(super) shown: Option<Digest>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Branch,
    /// Of this branch.
    Merge(String),
    Other,
}

/// Whether what was done in a branch is there without it: it was brought back before the
/// step, or was never apart. A branch that is still open belongs to the run that made it.
pub(super) fn is_there(made: &Result<Reply, Error>, merged: &HashSet<String>) -> bool {
    let shared = ("shared".to_owned(), "true".to_owned());
    match made {
        Ok(made) => made.options.contains(&shared) || merged.contains(&made.text),
        Err(_) => true,
    }
}
