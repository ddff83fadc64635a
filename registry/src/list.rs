//! What there is, for people and for those who look for a component.

use std::collections::BTreeMap;

use cm_types::Digest;
use semver::{Version, VersionReq};

use crate::{
    Capabilities, ComponentEntry, Error, Grants, Kind, Package, Provenance, Registry,
    record::Record,
};

/// Whose a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Part of cm.
    FirstParty,
    /// Installed.
    Installed,
    /// In the directory that was named.
    Directory,
}

/// A package in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// One sentence, or nothing.
    pub description: String,
    /// Whose it is.
    pub origin: Origin,
    /// Whether its name alone means this one.
    pub active: bool,
    /// What it brings: the kinds of its components, and `workflow` for files.
    pub kinds: Vec<Kind>,
    /// Its components.
    pub components: Vec<(Kind, String)>,
    /// What it asks for.
    pub capabilities: Capabilities,
    /// Of its contents; none for those that are part of cm.
    pub digest: Option<Digest>,
    /// Where it was installed from.
    pub source: Option<String>,
    /// When, as RFC 3339 has it.
    pub installed_at: Option<String>,
    /// What it needs.
    pub dependencies: BTreeMap<String, VersionReq>,
    /// The same as `source`, and what else is known; none for those that are part
    /// of cm.
    pub provenance: Option<Provenance>,
    /// What the person gave it.
    pub grants: Grants,
}

/// A component that some package has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The package's name.
    pub package: String,
    /// Its version.
    pub version: Version,
    /// Whose it is.
    pub origin: Origin,
    /// The component.
    pub entry: ComponentEntry,
}

impl Registry {
    /// All packages, sorted by name; of one name the active version first.
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        let mut list = Vec::new();
        for (name, import) in self.index.ours() {
            let meant = self.meant(name)?.map(|it| &it.version);
            list.extend(import.records().map(|it| listed(it, meant)));
        }
        for package in self.first_party()? {
            list.push(self.listed_first_party(package)?);
        }
        list.sort_by(|a, b| a.name.cmp(&b.name).then(b.active.cmp(&a.active)));
        Ok(list)
    }

    /// The names of entries that another program has written to registry.json.
    pub fn foreign(&self) -> Vec<&str> {
        let all = self.index.imports.keys().map(String::as_str);
        all.filter(|name| self.index.import(name).is_none())
            .collect()
    }

    /// The components of a kind in active packages, sorted by name.
    pub fn offers(&self, kind: Kind) -> Result<Vec<Offer>, Error> {
        let mut offers = Vec::new();
        for (name, _) in self.index.ours() {
            let Some(record) = self.meant(name)? else {
                continue;
            };
            for component in record.components.iter().filter(|it| it.kind == kind) {
                offers.push(Offer {
                    package: name.to_owned(),
                    version: record.version.clone(),
                    origin: Origin::Installed,
                    entry: ComponentEntry {
                        kind,
                        name: component.name.clone(),
                        path: component.path.clone(),
                    },
                });
            }
        }
        for package in self.first_party()? {
            // An installed package of the same name may stand in its place.
            if self.meant(package.name())?.is_none() {
                offers.extend(offers_of(package, kind, Origin::FirstParty));
            }
        }
        offers.sort_by(|a, b| (&a.entry.name, &a.package).cmp(&(&b.entry.name, &b.package)));
        Ok(offers)
    }

    /// The engines in active packages.
    pub fn engines(&self) -> Result<Vec<Offer>, Error> {
        self.offers(Kind::Engine)
    }

    fn listed_first_party(&self, package: &Package) -> Result<Listed, Error> {
        let manifest = package.manifest();
        let components: Vec<_> = manifest
            .components
            .iter()
            .map(|entry| (entry.kind, entry.name.clone()))
            .collect();
        let mut kinds: Vec<_> = components.iter().map(|component| component.0).collect();
        if !package.workflows()?.is_empty() {
            kinds.push(Kind::Workflow);
        }
        kinds.sort();
        kinds.dedup();
        Ok(Listed {
            name: package.name().to_owned(),
            version: package.version().clone(),
            description: manifest.package.description.clone(),
            origin: Origin::FirstParty,
            active: self.meant(package.name())?.is_none(),
            kinds,
            components,
            capabilities: manifest.capabilities.clone(),
            digest: None,
            source: None,
            installed_at: None,
            dependencies: manifest.dependencies.clone(),
            provenance: None,
            grants: Grants::all(),
        })
    }
}

pub(crate) fn offers_of(
    package: &Package,
    kind: Kind,
    origin: Origin,
) -> impl Iterator<Item = Offer> {
    let entries = package
        .manifest()
        .components
        .iter()
        .filter(move |entry| entry.kind == kind);
    entries.map(move |entry| Offer {
        package: package.name().to_owned(),
        version: package.version().clone(),
        origin,
        entry: entry.clone(),
    })
}

fn listed(record: &Record, meant: Option<&Version>) -> Listed {
    Listed {
        name: record.name.clone(),
        version: record.version.clone(),
        description: record.description.clone(),
        origin: Origin::Installed,
        active: meant == Some(&record.version),
        kinds: record.kinds.clone(),
        components: record
            .components
            .iter()
            .map(|it| (it.kind, it.name.clone()))
            .collect(),
        capabilities: record.capabilities.clone(),
        digest: Some(record.digest),
        source: Some(record.source.clone()),
        installed_at: Some(record.installed_at.clone()),
        dependencies: record.dependencies.clone(),
        provenance: Some(record.provenance()),
        grants: record.grants.clone(),
    }
}
