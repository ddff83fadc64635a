use std::collections::{BTreeMap, BTreeSet};

use cm_sdk::workflow::{Error, message};

use super::Files;
use crate::model::Agent;
use crate::problem::{Position, Problems};
use crate::suggest;

/// A package that is being read.
pub(super) struct Reading<'r> {
    files: &'r dyn Files,
    pub(super) problems: &'r mut Problems,
    /// The files that were read.
    pub(super) used: BTreeSet<String>,
    /// Agents that are not in `agents/`: those of folders.
    pub(super) agents: BTreeMap<String, Agent>,
}

impl<'r> Reading<'r> {
    pub(super) fn new(files: &'r dyn Files, problems: &'r mut Problems) -> Self {
        Self {
            files,
            problems,
            used: BTreeSet::new(),
            agents: BTreeMap::new(),
        }
    }

    /// Paths that begin with `prefix`.
    pub(super) fn paths(&self, prefix: &str) -> Vec<String> {
        self.files.paths(prefix)
    }

    /// A file that the package is known to have.
    pub(super) fn text(&mut self, path: &str) -> Result<String, Error> {
        self.used.insert(path.into());
        self.files.read(path)
    }

    /// A file that the package names at `at`, as a `what`.
    pub(super) fn named(&mut self, what: &str, path: &str, at: Position) -> Option<String> {
        let error = match self.text(path) {
            Ok(text) => return Some(text),
            Err(error) => error,
        };
        let paths = self.paths("");
        let help = match suggest::nearest(path, paths.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("put a file `{path}` into the package, or name another one"),
        };
        let message = format!("{what} `{path}` cannot be read: {}", message(&error));
        self.problems.error(at, message, help);
        None
    }
}
