use std::path::{Path, PathBuf};

use cm_types::Digest;
use semver::Version;

use crate::{
    Error, Grants, Notice, Package, Provenance, Registry, Source, Whence, disk,
    index::{Entry, Index},
    load,
    lock::{Lock, PATIENCE},
    names,
    sweep::{self, Sweep},
};

mod prepare;
mod stage;

/// How to install.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstallOptions {
    /// Replace the same version with other content; take the place of a package
    /// that is part of cm.
    pub force: bool,
}

/// A package that is to be installed.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// The package.
    pub package: &'a Package,
    /// What it is called here: its own name, or that with a namespace.
    pub name: String,
    /// Where it came from.
    pub provenance: Provenance,
    /// What the person gives it. None leaves a version that is there already as it
    /// is, and gives a new one all it asks for.
    pub grants: Option<Grants>,
    /// Whether its name alone means this version from now on. The first version of
    /// a package is always the one that is meant.
    pub activate: bool,
    /// As in [`InstallOptions`].
    pub force: bool,
}

impl<'a> Arrival<'a> {
    /// A package from where it is, under its own name.
    pub fn new(package: &'a Package) -> Self {
        let whence = package.directory().map(Path::to_owned);
        Self {
            package,
            name: package.name().to_owned(),
            provenance: Provenance {
                whence: Whence::Directory(whence.unwrap_or_else(|| "cm".into())),
                ..Provenance::default()
            },
            grants: None,
            activate: true,
            force: false,
        }
    }
}

/// What was installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Of its contents.
    pub digest: Digest,
    /// The copy.
    pub path: PathBuf,
    /// What it means for what was there.
    pub outcome: Outcome,
    /// What was noticed on the way.
    pub notices: Vec<Notice>,
}

/// What installing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The package is new here.
    New,
    /// Other versions stay beside it; this one is active now.
    Beside,
    /// It stands in the place of the same version.
    Replaced,
    /// The same version with the same content was there, and is active now.
    Unchanged,
}

impl Registry {
    /// Installs the package in a directory. Nothing of it is executed. However
    /// this ends, what was installed before stays usable.
    pub fn install(
        &mut self,
        directory: &Path,
        options: InstallOptions,
    ) -> Result<Installed, Error> {
        self.install_package(&Package::open(directory)?, options)
    }

    /// The same for a package that was opened, and perhaps shown, before.
    pub fn install_package(
        &mut self,
        package: &Package,
        options: InstallOptions,
    ) -> Result<Installed, Error> {
        let mut arrival = Arrival::new(package);
        arrival.force = options.force;
        let mut installed = self.install_all(&[arrival])?;
        installed
            .pop()
            .ok_or_else(|| Error::invalid(package.name(), "it was not installed"))
    }

    /// Installs several packages, all of them or none.
    pub fn install_all(&mut self, arrivals: &[Arrival<'_>]) -> Result<Vec<Installed>, Error> {
        for arrival in arrivals {
            self.check_arrival(arrival)?;
        }
        let _lock = Lock::acquire(&self.home, PATIENCE)?;
        let (index, notices) = load::load_to_change(&self.home)?;
        for arrival in arrivals {
            if let Some(Entry::Foreign(_)) = index.imports.get(&arrival.name) {
                return Err(Error::Foreign {
                    name: arrival.name.clone(),
                    file: self.home.registry_file(),
                });
            }
        }
        sweep::clear(&self.home, &index)?;
        let result = self.put(arrivals, index, notices);
        // The file decides, not what was meant to be in it: its writing may be
        // what failed. What cannot be cleared away now is cleared away next time.
        if result.is_err()
            && let Ok((index, _)) = load::load_to_change(&self.home)
        {
            let _ = sweep::clear(&self.home, &index);
        }
        result
    }

    fn check_arrival(&self, arrival: &Arrival<'_>) -> Result<(), Error> {
        let name = &arrival.name;
        let package = &arrival.package.manifest().package;
        if !names::package(name) || names::bare(name) != package.name {
            return Err(Error::BadName {
                text: name.clone(),
                why: format!("the package calls itself `{}`", package.name),
            });
        }
        // A newer version of what is part of cm takes precedence; everything else
        // that would stand in its place has to be meant.
        let newer =
            |own: &Version| arrival.provenance.whence.is_published() && package.version > *own;
        let here = matches!(arrival.package.source(), Source::Installed(_));
        let own = self.first_party_version(name)?.filter(|_| !here);
        if own.is_some_and(|own| !newer(&own)) && !arrival.force {
            return Err(Error::FirstParty {
                name: name.to_owned(),
                remove: false,
            });
        }
        Ok(())
    }

    fn put(
        &mut self,
        arrivals: &[Arrival<'_>],
        mut index: Index,
        notices: Vec<Notice>,
    ) -> Result<Vec<Installed>, Error> {
        let mut prepared = Vec::new();
        for (number, arrival) in arrivals.iter().enumerate() {
            let staged = sweep::staging(&self.home).join(number.to_string());
            prepared.push(self.prepare(arrival, staged, &index)?);
        }
        let fresh = || prepared.iter().filter(|it| it.staged.is_some());
        if fresh().next().is_some() {
            Sweep {
                add: fresh().filter_map(|it| it.record.place()).collect(),
                drop: fresh().filter_map(|it| it.replaces.clone()).collect(),
            }
            .announce(&self.home)?;
            for it in fresh() {
                if let (Some(staged), Some(parent)) = (&it.staged, it.path.parent()) {
                    self.home.create(parent)?;
                    disk::rename(staged, &it.path)?;
                }
            }
            self.sync_names(fresh().map(|it| it.record.name.as_str()))?;
        }
        let mut idle = notices.is_empty();
        let mut installed = Vec::new();
        for (arrival, it) in arrivals.iter().zip(prepared) {
            let active = index.import(&arrival.name).map(|it| &it.active.version);
            let meant = !arrival.activate || active == Some(&it.record.version);
            idle &= meant && !it.changed;
            if it.staged.is_none() && it.changed {
                it.record.keep(&it.path)?;
            }
            installed.push(Installed {
                name: it.record.name.clone(),
                version: it.record.version.clone(),
                digest: it.record.digest,
                path: it.path,
                outcome: it.outcome,
                notices: Vec::new(),
            });
            index.put(it.record, arrival.activate);
        }
        if let Some(first) = installed.first_mut() {
            first.notices = notices;
        }
        // From here on they are installed. What is so already need not be written.
        if !idle {
            load::save(&self.home, &index)?;
        }
        let _ = sweep::clear(&self.home, &index);
        self.index = index;
        Ok(installed)
    }

    /// Makes the directories of these packages durable.
    fn sync_names<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<(), Error> {
        let imports = self.home.imports();
        let namespaces = names.filter_map(|name| Some(imports.join(name.split_once('/')?.0)));
        let mut all: Vec<PathBuf> = namespaces.collect();
        all.sort();
        all.dedup();
        all.push(imports);
        all.iter().try_for_each(|it| disk::sync_directory(it))
    }
}
