//! From a name to a package.

use std::fmt;

use semver::{Version, VersionReq};

use crate::{
    Error, Package, Registry,
    index::{Entry, Import},
    names,
    record::Record,
};

/// Which version of a package will do.
#[derive(Clone)]
enum Wanted {
    Any,
    Exactly(Version),
    Matching(VersionReq),
}

impl Wanted {
    /// Reads `NAME`, `NAME@1.2.3` (exactly that) or `NAME@REQUIREMENT`.
    fn parse(text: &str) -> Result<(&str, Self), Error> {
        let bad = |why: String| Error::BadName {
            text: text.to_owned(),
            why,
        };
        let (name, wanted) = match text.split_once('@') {
            None => (text, Self::Any),
            Some((name, version)) => match Version::parse(version) {
                Ok(version) => (name, Self::Exactly(version)),
                Err(_) => match VersionReq::parse(version) {
                    Ok(requirement) => (name, Self::Matching(requirement)),
                    Err(error) => {
                        return Err(bad(format!(
                            "`{version}` is neither a version nor a requirement like `^1.2`: {error}"
                        )));
                    }
                },
            },
        };
        if !names::package(name) {
            return Err(bad(format!("expected {}", names::PACKAGE_RULE)));
        }
        Ok((name, wanted))
    }

    fn met_by(&self, version: &Version) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(wanted) => wanted == version,
            Self::Matching(requirement) => requirement.matches(version),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Exactly(version) => version.fmt(f),
            Self::Matching(requirement) => requirement.fmt(f),
        }
    }
}

impl Registry {
    /// The package that `NAME` or `NAME@REQUIREMENT` means: the version that is
    /// pinned, or active, if it will do, else the highest installed one that does,
    /// else the one that is part of cm.
    pub fn find(&self, text: &str) -> Result<Package, Error> {
        let (name, wanted) = Wanted::parse(text)?;
        self.find_version(name, &wanted)
    }

    fn find_version(&self, name: &str, wanted: &Wanted) -> Result<Package, Error> {
        let own = || {
            let first_party = self.first_party()?.iter();
            Ok::<_, Error>(
                first_party
                    .filter(|it| it.name() == name)
                    .collect::<Vec<_>>(),
            )
        };
        if let Some(Entry::Foreign(_)) = self.index.imports.get(name)
            && own()?.is_empty()
        {
            return Err(Error::Foreign {
                name: name.to_owned(),
                file: self.home.registry_file(),
            });
        }
        let meant = self.meant(name)?;
        let beside = self.index.import(name).into_iter();
        let beside = beside.flat_map(Import::records);
        let beside = beside.filter(|it| meant.is_none_or(|meant| meant.version != it.version));
        let exact = match (self.pins.get(name), wanted) {
            (Some(pin), Wanted::Any) => Wanted::Exactly(pin.clone()),
            _ => wanted.clone(),
        };
        let mut have = Vec::new();
        let mut fits = |version: &Version| {
            have.push(version.to_string());
            exact.met_by(version)
        };
        let first_party = own()?;
        let late = if meant.is_some() {
            if let Some(record) = meant.filter(|it| fits(&it.version)) {
                return self.open_record(record);
            }
            true
        } else {
            if let Some(package) = first_party.iter().find(|it| fits(it.version())) {
                return Ok(self.governed((*package).clone()));
            }
            false
        };
        for record in beside {
            if fits(&record.version) {
                return self.open_record(record);
            }
        }
        if late && let Some(package) = first_party.iter().find(|it| fits(it.version())) {
            return Ok(self.governed((*package).clone()));
        }
        if have.is_empty() {
            return Err(self.no_package(name));
        }
        Err(Error::NoVersion {
            name: name.to_owned(),
            wanted: exact.to_string(),
            have: have.join(", "),
        })
    }

    /// What `own` gets when it names a package: the version that it needs of it, if
    /// it says so.
    pub(crate) fn find_for(&self, own: Option<&Package>, name: &str) -> Result<Package, Error> {
        let dependencies = own.map(|own| &own.manifest().dependencies);
        match dependencies.and_then(|them| them.get(name)) {
            Some(wanted) => self.find_version(name, &Wanted::Matching(wanted.clone())),
            None => self.find(name),
        }
    }

    /// The installed version that a name alone means; none when that is the one that
    /// is part of cm, or there is none.
    pub(crate) fn meant(&self, name: &str) -> Result<Option<&Record>, Error> {
        let Some(import) = self.index.import(name) else {
            return Ok(None);
        };
        if let Some(pin) = self.pins.get(name) {
            return Ok(import.records().find(|record| record.version == *pin));
        }
        let active = &import.active;
        let published = active.provenance().whence.is_published();
        // What somebody has put in its place on purpose stays there; what was only
        // newer gives way to what is newer still.
        let outdated = |own: Version| published && active.version <= own;
        let outdated = self.first_party_version(name)?.is_some_and(outdated);
        Ok((!outdated).then_some(active))
    }

    pub(crate) fn open_record(&self, record: &Record) -> Result<Package, Error> {
        match record.directory(&self.home) {
            Some(directory) => {
                Package::installed(&directory, record).map(|package| self.governed(package))
            }
            None => Err(Error::Damaged {
                package: format!("{} {}", record.name, record.version),
                what: "its place in registry.json".into(),
            }),
        }
    }

    /// The version that is part of cm.
    pub(crate) fn first_party_version(&self, name: &str) -> Result<Option<Version>, Error> {
        let mut own = self.first_party()?.iter().filter(|it| it.name() == name);
        Ok(own.next().map(|package| package.version().clone()))
    }

    pub(crate) fn no_package(&self, name: &str) -> Error {
        let first_party = self
            .first_party()
            .unwrap_or_default()
            .iter()
            .map(Package::name);
        let known = self.index.ours().map(|(name, _)| name).chain(first_party);
        let known: Vec<_> = known.collect();
        // The same name in a namespace, or without, is nearer than a similar one.
        let same = |known: &&&str| names::bare(known) == names::bare(name);
        let near = match known.iter().find(same) {
            Some(near) => Some(*near),
            None => names::did_you_mean(name, known.iter().copied()),
        };
        let near = near.map(str::to_owned);
        Error::NoPackage {
            name: name.to_owned(),
            near,
        }
    }
}
