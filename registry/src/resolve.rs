//! From a name to a package or a component.

use semver::{Version, VersionReq};

use crate::{
    ComponentEntry, Error, Kind, Origin, Package, Registry, index::Entry, names, record::Record,
    registry::offers_of,
};

/// Which version of a package will do.
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
        if !names::valid(name) {
            return Err(bad(format!("expected {}", names::RULE)));
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

impl Registry {
    /// The package that `NAME` or `NAME@REQUIREMENT` means: the active version if
    /// it will do, else the highest installed one that does, else the one that
    /// is part of cm.
    pub fn find(&self, text: &str) -> Result<Package, Error> {
        let (name, wanted) = Wanted::parse(text)?;
        if let Some(Entry::Foreign(_)) = self.index.imports.get(name)
            && !self.is_first_party(name)?
        {
            return Err(Error::Foreign {
                name: name.to_owned(),
                file: self.home.registry_file(),
            });
        }
        let mut have = Vec::new();
        if let Some(import) = self.index.import(name) {
            for record in import.records() {
                if wanted.met_by(&record.version) {
                    return self.open_record(record);
                }
                have.push(record.version.to_string());
            }
        }
        for package in self
            .first_party()?
            .iter()
            .filter(|package| package.name() == name)
        {
            if wanted.met_by(package.version()) {
                return Ok(package.clone());
            }
            have.push(package.version().to_string());
        }
        if have.is_empty() {
            return Err(self.no_package(name));
        }
        let wanted = text
            .split_once('@')
            .map_or("", |(_, wanted)| wanted)
            .to_owned();
        Err(Error::NoVersion {
            name: name.to_owned(),
            wanted,
            have: have.join(", "),
        })
    }

    /// The package with the component that `NAME` or `PACKAGE:NAME` means.
    ///
    /// `own` is the package that is being run or worked on; it comes first. Then
    /// a package that is part of cm comes before installed ones, so that none of
    /// these can quietly take the place of, say, an engine.
    pub fn component(
        &self,
        kind: Kind,
        name: &str,
        own: Option<&Package>,
    ) -> Result<(Package, ComponentEntry), Error> {
        let (package, component) = match name.split_once(':') {
            Some((package, component)) => (Some(package), component),
            None => (None, name),
        };
        let own = own.filter(|own| package.is_none_or(|package| own.name() == package));
        if let Some(own) = own
            && let Some(entry) = own.manifest().component(kind, component)
        {
            return Ok((own.clone(), entry.clone()));
        }
        if let Some(package) = package {
            let package = self.find(package)?;
            return match package.manifest().component(kind, component) {
                Some(entry) => Ok((package.clone(), entry.clone())),
                None => {
                    let known = offers_of(&package, kind, Origin::Installed);
                    let known = known.map(|offer| offer.entry.name).collect();
                    Err(Error::NoComponent {
                        kind,
                        name: name.to_owned(),
                        known,
                    })
                }
            };
        }
        let offers = self.offers(kind)?;
        let mut fitting: Vec<_> = offers
            .iter()
            .filter(|it| it.entry.name == component)
            .collect();
        if let Some(first_party) = fitting.iter().find(|it| it.origin == Origin::FirstParty) {
            fitting = vec![first_party];
        }
        match fitting.as_slice() {
            [] => {
                let mut known: Vec<_> = offers.iter().map(|it| it.entry.name.clone()).collect();
                known.dedup();
                Err(Error::NoComponent {
                    kind,
                    name: name.to_owned(),
                    known,
                })
            }
            [offer] => {
                let package = self.find(&offer.package)?;
                match package.manifest().component(kind, component) {
                    Some(entry) => Ok((package.clone(), entry.clone())),
                    // Its manifest is not what registry.json says.
                    None => Err(Error::Damaged {
                        package: format!("{} {}", package.name(), package.version()),
                        what: "its cm.toml".into(),
                    }),
                }
            }
            several => Err(Error::Ambiguous {
                kind,
                name: name.to_owned(),
                packages: several.iter().map(|it| it.package.clone()).collect(),
            }),
        }
    }

    pub(crate) fn open_record(&self, record: &Record) -> Result<Package, Error> {
        match record.directory(&self.home) {
            Some(directory) => Package::installed(&directory, record),
            None => Err(Error::Damaged {
                package: format!("{} {}", record.name, record.version),
                what: "its place in registry.json".into(),
            }),
        }
    }

    pub(crate) fn is_first_party(&self, name: &str) -> Result<bool, Error> {
        Ok(self
            .first_party()?
            .iter()
            .any(|package| package.name() == name))
    }

    pub(crate) fn no_package(&self, name: &str) -> Error {
        let first_party = self
            .first_party()
            .unwrap_or_default()
            .iter()
            .map(Package::name);
        let known = self.index.ours().map(|(name, _)| name).chain(first_party);
        let near = names::did_you_mean(name, known).map(str::to_owned);
        Error::NoPackage {
            name: name.to_owned(),
            near,
        }
    }
}
