//! When things were seen. That is written with the next change of `trust.json`, or by the
//! last who uses it: a write that must be on the disk takes longer than most of an install.
//! Lost in a crash, it is noted anew, and later: what has to ripen ripens later.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use cm_types::Digest;
use jiff::Timestamp;

use super::{TrustFile, person, rules};

/// What was noted and is not in the file yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Noted {
    pub(super) seen: BTreeMap<Digest, Timestamp>,
    pub(super) clean: BTreeMap<Digest, Timestamp>,
}

impl Noted {
    /// Moves it into the file.
    pub(super) fn settle(self, file: &mut TrustFile) {
        for (what, at) in self.seen {
            let known = file.seen.get(&what);
            // A time in the future is none: the clock was wrong then.
            if known.is_none_or(|&it| rules::is_future(it, at)) {
                file.seen.insert(what, at);
            }
        }
        file.clean.extend(self.clean);
    }
}

/// The notes of all who share a [`super::Trust`].
#[derive(Debug)]
pub(super) struct Notes {
    pub(super) root: PathBuf,
    pending: Mutex<Noted>,
}

impl Notes {
    pub(super) fn new(root: PathBuf) -> Self {
        Self {
            root,
            pending: Mutex::default(),
        }
    }

    pub(super) fn pending(&self) -> MutexGuard<'_, Noted> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self) -> Noted {
        std::mem::take(&mut self.pending())
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        let noted = self.take();
        if !(noted.seen.is_empty() && noted.clean.is_empty()) {
            // Nobody is left who could be told.
            let _ = person::change(&self.root, |file| noted.settle(file));
        }
    }
}
