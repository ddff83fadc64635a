//! What a person does with packages: installing, updating, publishing, mirroring,
//! and asking what there is and why.
//!
//! Whatever changes something is planned first: all that can be found out without
//! changing anything is found out then, and shown. Applying a plan fetches,
//! verifies and unpacks beside what is installed, and hands all of it over at once.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use cm_registry::{EmbeddedPackage, Home, Registry};
use cm_types::Digest;
use semver::Version;

use crate::{Error, Lock, Name, Progress, Registries, Source, Store};

mod apply;
mod archive;
mod choice;
mod clean;
mod graph;
mod lookalike;
mod plan;
mod planning;
mod project;
mod publish;
mod roots;
mod routed;
mod shelf;
mod spec;
mod temporary;
#[cfg(test)]
mod tests;

pub use choice::{Choice, Choices};
pub use clean::Cleaned;
pub use graph::{Dependant, Outdated, Tree};
pub use plan::{Caution, Change, Plan, Step};
pub use publish::{Mirrored, PublishOutcome};
pub use spec::{OciReference, Spec};

/// Makes a copy of a git repository: given the URL, the revision or nothing, and a
/// directory that does not exist yet. Gives the commit. Starting programs is not
/// this crate's room.
pub type GitClone<'a> = dyn Fn(&str, Option<&str>, &std::path::Path) -> Result<String, Error> + 'a;

/// How far a change is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Versions that go together are being looked for.
    Resolving,
    /// Blobs are on their way.
    Fetching(Progress),
    /// A package is being unpacked and checked.
    Unpacking {
        /// Which.
        name: Name,
        /// In which version.
        version: Version,
    },
    /// All of it is handed over.
    Installing,
}

/// Who decides whether a version can be trusted.
pub trait Vetting: Sync {
    /// Why a version should not be taken by anyone who does not use it yet; an error
    /// when nothing should be.
    fn objection(
        &self,
        source: &dyn Source,
        name: &Name,
        version: &Version,
        digest: Digest,
    ) -> Result<Option<String>, Error>;

    /// Allows a version that was chosen, before it is installed; gives its signer.
    fn admit(
        &self,
        source: &dyn Source,
        name: &Name,
        version: &Version,
        digest: Digest,
    ) -> Result<Option<String>, Error>;
}

/// Whoever is asked for nothing objects to nothing.
struct Nobody;

impl Vetting for Nobody {
    fn objection(
        &self,
        _: &dyn Source,
        _: &Name,
        _: &Version,
        _: Digest,
    ) -> Result<Option<String>, Error> {
        Ok(None)
    }

    fn admit(
        &self,
        _: &dyn Source,
        _: &Name,
        _: &Version,
        _: Digest,
    ) -> Result<Option<String>, Error> {
        Ok(None)
    }
}

/// How to make a change.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only what is on this machine is used.
    pub offline: bool,
    /// `cm.lock` is taken as it is; an error if it does not fit `cm.toml`.
    pub locked: bool,
    /// The registry, by name or URL, that stands in for the default one.
    pub registry: Option<String>,
    /// What is granted and denied beforehand.
    pub choices: Choices,
    /// The same version with other content is replaced, and so is what is part of cm.
    pub force: bool,
    /// Prereleases of what is asked for will do.
    pub prereleases: bool,
    /// The cautions were read and accepted.
    pub accept_cautions: bool,
}

/// The packages of a person, and of a project if there is one.
pub struct Workspace<'a> {
    home: Home,
    registries: Registries,
    store: Store,
    vetting: &'a dyn Vetting,
    git: Option<&'a GitClone<'a>>,
    project: Option<PathBuf>,
    progress: &'a (dyn Fn(&Event) + Sync),
}

impl<'a> Workspace<'a> {
    /// The one in this home.
    pub fn open(home: Home) -> Result<Self, Error> {
        Ok(Self {
            registries: Registries::read(&home)?,
            store: Store::of(&home),
            home,
            vetting: &Nobody,
            git: None,
            project: None,
            progress: &|_| {},
        })
    }

    /// Asks this about every version.
    pub fn with_vetting(mut self, vetting: &'a dyn Vetting) -> Self {
        self.vetting = vetting;
        self
    }

    /// Fetches git repositories with this.
    pub fn with_git(mut self, git: &'a GitClone<'a>) -> Self {
        self.git = Some(git);
        self
    }

    /// Tells this how far it is.
    pub fn with_progress(mut self, progress: &'a (dyn Fn(&Event) + Sync)) -> Self {
        self.progress = progress;
        self
    }

    /// Works for the project in this directory, with its `cm.toml` and `cm.lock`.
    pub fn with_project(mut self, directory: impl Into<PathBuf>) -> Self {
        self.project = Some(directory.into());
        self
    }

    /// The home.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The registries.
    pub fn registries(&self) -> &Registries {
        &self.registries
    }

    /// What was fetched.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What is installed, as it is used in the project: with the versions of its
    /// `cm.lock`.
    pub fn registry(
        &self,
        embedded: &'static [EmbeddedPackage],
    ) -> Result<(Registry, Vec<cm_registry::Notice>), Error> {
        let (mut registry, notices) = Registry::open(self.home.clone(), embedded)?;
        if let Some(project) = &self.project {
            registry = registry.with_project_policy(project, false)?;
        }
        Ok((registry.with_pins(self.pins()?), notices))
    }

    /// The versions in the project's `cm.lock`.
    pub fn pins(&self) -> Result<BTreeMap<String, Version>, Error> {
        let versions = self.lock()?.unwrap_or_default().versions();
        let pins = versions.into_iter();
        Ok(pins
            .map(|(name, version)| (name.to_string(), version))
            .collect())
    }

    /// The project's `cm.lock`.
    pub fn lock(&self) -> Result<Option<Lock>, Error> {
        match &self.project {
            Some(project) => Lock::read(&project.join(Lock::FILE)),
            None => Ok(None),
        }
    }

    /// The registries as one source.
    pub fn source(&self, options: &Options) -> Result<Arc<dyn Source>, Error> {
        Ok(if options.offline {
            Arc::new(routed::Offline)
        } else {
            Arc::new(self.registries.sources(options.registry.as_deref())?)
        })
    }
}
