use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use cm_types::Digest;
use semver::Version;

use crate::{
    Error, Notice, Package, Registry, disk,
    index::{Entry, Import, Index},
    load,
    lock::{Lock, PATIENCE},
    record::Record,
    sweep::{self, Sweep},
};

mod stage;

use stage::{complete, copy, describe};

/// How to install.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstallOptions {
    /// Replace the same version with other content; take the place of a package
    /// that is part of cm.
    pub force: bool,
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
        let name = package.name();
        if self.is_first_party(name)? && !options.force {
            return Err(Error::FirstParty {
                name: name.to_owned(),
                remove: false,
            });
        }
        let _lock = Lock::acquire(&self.home, PATIENCE)?;
        let (index, notices) = load::load_to_change(&self.home)?;
        if let Some(Entry::Foreign(_)) = index.imports.get(name) {
            return Err(Error::Foreign {
                name: name.to_owned(),
                file: self.home.registry_file(),
            });
        }
        sweep::clear(&self.home, &index)?;
        let result = self.put(package, options, index, notices);
        // The file decides, not what was meant to be in it: its writing may be
        // what failed. What cannot be cleared away now is cleared away next time.
        if result.is_err()
            && let Ok((index, _)) = load::load_to_change(&self.home)
        {
            let _ = sweep::clear(&self.home, &index);
        }
        result
    }

    fn put(
        &mut self,
        package: &Package,
        options: InstallOptions,
        mut index: Index,
        notices: Vec<Notice>,
    ) -> Result<Installed, Error> {
        let name = package.name();
        let staged = sweep::staging(&self.home).join(name);
        let files = copy(package, &staged)?;
        let mut record = describe(package, &files);
        let before = index
            .import(name)
            .and_then(|import| import.records().find(|it| it.version == record.version))
            .cloned();
        let mut outcome = if index.import(name).is_some() {
            Outcome::Beside
        } else {
            Outcome::New
        };
        if let Some(before) = &before {
            let same = before.digest == record.digest;
            if !same && !options.force {
                return Err(Error::Differs {
                    name: name.to_owned(),
                    version: record.version,
                });
            }
            let intact = same
                && self
                    .open_record(before)
                    .is_ok_and(|copy| copy.verify().is_ok());
            if intact && !options.force {
                record = before.clone();
                outcome = Outcome::Unchanged;
            } else {
                outcome = Outcome::Replaced;
            }
        }
        let path = if outcome == Outcome::Unchanged {
            record.directory(&self.home).unwrap_or_default()
        } else {
            let place = self.free_place(&record);
            let path = self.home.imports().join(&place);
            complete(&mut record, &path, &files);
            self.settle(&staged, &record, &path)?;
            let drop = before
                .as_ref()
                .and_then(Record::place)
                .into_iter()
                .collect();
            Sweep {
                add: vec![place],
                drop,
            }
            .announce(&self.home)?;
            self.home.create(&self.home.imports().join(name))?;
            disk::rename(&staged, &path)?;
            disk::sync_directory(&self.home.imports())?;
            path
        };
        let (version, digest) = (record.version.clone(), record.digest);
        match index.imports.get_mut(name) {
            Some(Entry::Ours(import)) => {
                import.activate(record);
            }
            _ => {
                let import = Import {
                    active: record,
                    others: BTreeMap::new(),
                };
                index
                    .imports
                    .insert(name.to_owned(), Entry::Ours(Box::new(import)));
            }
        }
        // From here on it is installed.
        load::save(&self.home, &index)?;
        let _ = sweep::clear(&self.home, &index);
        self.index = index;
        Ok(Installed {
            name: name.to_owned(),
            version,
            digest,
            path,
            outcome,
            notices,
        })
    }

    /// A directory below imports/ that does not exist yet.
    fn free_place(&self, record: &Record) -> String {
        let plain = format!("{}/{}", record.name, record.version);
        let digest = record.digest.short();
        let more = (2..).map(|number| format!("{plain}+{digest}.{number}"));
        let mut all = [plain.clone(), format!("{plain}+{digest}")]
            .into_iter()
            .chain(more);
        let imports = self.home.imports();
        all.find(|place| !imports.join(place).exists())
            .unwrap_or(plain)
    }

    /// Makes the staged copy durable, with its record in it.
    fn settle(&self, staged: &Path, record: &Record, path: &Path) -> Result<(), Error> {
        let bytes = serde_json::to_vec_pretty(record)
            .map_err(|error| Error::io("write", path.join(Record::FILE), error.into()))?;
        disk::write(&staged.join(Record::FILE), &bytes)?;
        disk::sync_directory(staged)
    }
}
