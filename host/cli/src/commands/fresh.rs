//! A run that begins.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    path::PathBuf,
    sync::Arc,
};

use cm_driver::{Catalog, Drive};
use cm_journal::{Journal, JournalError, Lease};
use cm_orchestrator::{Run as State, RunStart};
use cm_types::Outline;

use super::workflow::Found;
use crate::{inbox, place::STATE, preparation::engines, trouble::Trouble};

/// What it takes beside what the person has chosen.
pub(crate) struct Fresh {
    pub(crate) catalog: Catalog,
    pub(crate) found: Found,
    pub(crate) directory: PathBuf,
    /// With the steps that take part, and no others.
    pub(crate) outline: Outline,
}

impl Fresh {
    /// Enters the run into the journal, with what everybody's has in common.
    pub(crate) fn begin(self, start: RunStart) -> Result<Drive, Trouble> {
        let engine = start.engine.as_deref();
        // A run that comes after another one has the same as that.
        let default_engine = match start.default_engine.as_str() {
            "" => engines::default(&self.catalog, &self.outline, engine)?,
            known => known.to_owned(),
        };
        engines::installed(&self.catalog, &self.outline, engine, &default_engine)?;
        let package = self.found.package;
        let (mut budget, mut classes) = (start.budget.clone(), start.classes.clone());
        if budget.is_none() {
            budget = self.outline.budget.clone();
        }
        if classes.is_empty() {
            classes.clone_from(&self.outline.classes);
        }
        let start = RunStart {
            host: env!("CARGO_PKG_VERSION").into(),
            workflow: self.found.named,
            package: format!("{} {}", package.name(), package.version()),
            digest: Some(package.digest()?),
            entry: self.found.entry.clone(),
            directory: self.directory.display().to_string(),
            outline: Some(self.outline.clone()),
            default_engine,
            budget,
            classes,
            ..start
        };
        let journal = Journal::open(&self.directory.join(STATE))?;
        let (id, state, lease) = enter(&journal, &start)?;
        inbox::remember(&self.directory);
        let scratch = lease.directory().to_owned();
        Ok(Drive {
            journal,
            lease,
            id,
            state,
            catalog: Arc::new(self.catalog),
            package,
            entry: self.found.entry,
            directory: self.directory,
            scratch,
            fresh: true,
            outline: self.outline,
            host: env!("CARGO_PKG_VERSION").into(),
            person: None,
            voice: None,
            bell: None,
        })
    }
}

/// Enters the run under a new id, and takes hold of it.
fn enter(journal: &Journal, start: &RunStart) -> Result<(String, State, Lease), Trouble> {
    loop {
        let id = new_id();
        match Drive::begin(journal, &id, start.clone()) {
            Ok((state, lease)) => return Ok((id, state, lease)),
            Err(JournalError::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Six characters that cannot be taken for each other.
fn new_id() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    // Seeded by the system, anew for each one.
    let mut random = RandomState::new().build_hasher().finish();
    let mut id = String::new();
    for _ in 0..6 {
        id.push(char::from(LETTERS[(random % 32) as usize]));
        random /= 32;
    }
    id
}
