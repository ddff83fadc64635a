use std::{collections::BTreeSet, path::Path};

use cm_registry::Registry;

use super::{Workspace, temporary::Temporary};
use crate::{Error, Lock, Swept};

/// What clearing up came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// What the store has got rid of.
    pub swept: Swept,
    /// How many versions it has kept, since they are installed or locked.
    pub kept: usize,
}

impl Workspace<'_> {
    /// Removes from the store what is neither installed nor in one of these
    /// `cm.lock` files, and what interrupted changes have left.
    pub fn gc(&self, registry: &Registry, locks: &[&Path]) -> Result<Cleaned, Error> {
        let mut keep = BTreeSet::new();
        for it in registry.list()? {
            keep.extend(it.provenance.and_then(|it| it.manifest));
        }
        let mut all: Vec<Lock> = self.lock()?.into_iter().collect();
        for path in locks {
            all.extend(Lock::read(path)?);
        }
        keep.extend(
            all.iter()
                .flat_map(|lock| lock.packages.values())
                .map(|it| it.manifest),
        );
        Temporary::clear(&self.home)?;
        Ok(Cleaned {
            swept: self.store.sweep(&keep)?,
            kept: keep.len(),
        })
    }
}
