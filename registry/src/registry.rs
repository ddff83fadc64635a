use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use semver::Version;

use crate::{
    Capabilities, EmbeddedPackage, Error, Home, Notice, Package, Policy, index::Index, load,
};

/// The packages on this machine: those installed, and those that are part of cm.
///
/// It knows what registry.json said when it was opened. What it changes itself it
/// changes on the ground of what the file says by then.
#[derive(Debug)]
pub struct Registry {
    pub(crate) home: Home,
    pub(crate) index: Index,
    /// The versions that names mean where a project says so.
    pub(crate) pins: BTreeMap<String, Version>,
    pub(crate) policy: Arc<Policy>,
    embedded: &'static [EmbeddedPackage],
    /// Their manifests are read when somebody asks.
    opened: OnceLock<Vec<Package>>,
}

impl Registry {
    /// Reads registry.json and the person's policy. A home that is missing is an
    /// empty one; what is wrong with registry.json is said in the notices.
    ///
    /// # Errors
    /// When the policy cannot be read: it may forbid what would be done.
    pub fn open(
        home: Home,
        embedded: &'static [EmbeddedPackage],
    ) -> Result<(Self, Vec<Notice>), Error> {
        let policy = Policy::read(&home.root().join(Policy::FILE), true)?;
        let (index, notices) = load::load(&home);
        Ok((
            Self {
                home,
                index,
                pins: BTreeMap::new(),
                policy: Arc::new(policy),
                embedded,
                opened: OnceLock::new(),
            },
            notices,
        ))
    }

    /// Adds the policy in a project's `.codemachine`. Unless the project is trusted,
    /// it can only forbid.
    ///
    /// # Errors
    /// When there is one and it cannot be read.
    pub fn with_project_policy(mut self, project: &Path, trusted: bool) -> Result<Self, Error> {
        let file = project.join(".codemachine").join(Policy::FILE);
        let own = (*self.policy).clone();
        self.policy = Arc::new(own.and(Policy::read(&file, trusted)?));
        Ok(self)
    }

    /// Takes these versions where a name alone is said, for a project with a
    /// `cm.lock`.
    pub fn with_pins(mut self, pins: BTreeMap<String, Version>) -> Self {
        self.pins = pins;
        self
    }

    /// The rules for all packages.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A package that was opened elsewhere, under the policy.
    pub fn governed(&self, package: Package) -> Package {
        package.under(&self.policy)
    }

    /// What a package may do, wherever it is.
    pub fn effective(&self, package: &Package) -> Capabilities {
        self.governed(package.clone()).effective()
    }

    /// Where it is.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The packages that are part of cm.
    pub fn first_party(&self) -> Result<&[Package], Error> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let opened = self
            .embedded
            .iter()
            .map(|package| Package::embedded(*package));
        let opened = opened.collect::<Result<Vec<_>, _>>()?;
        Ok(self.opened.get_or_init(|| opened))
    }
}
