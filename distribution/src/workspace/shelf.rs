use std::collections::{BTreeMap, BTreeSet};

use semver::{Version, VersionReq};

use crate::{Catalog, Catalogue, Error, Name};

/// What a package needs.
pub(super) type Needs = BTreeMap<Name, VersionReq>;

/// What is published, and what is here already: installed, or to be installed from
/// a directory. What is here is taken from here, whatever a registry has under the
/// same number.
pub(super) struct Shelf<'a> {
    pub(super) catalog: &'a Catalog<'a>,
    pub(super) own: BTreeMap<Name, BTreeMap<Version, Needs>>,
}

impl Shelf<'_> {
    pub(super) fn has(&self, name: &Name, version: &Version) -> bool {
        self.own
            .get(name)
            .is_some_and(|own| own.contains_key(version))
    }
}

impl Shelf<'_> {
    /// The versions that are here.
    pub(super) fn own_versions(&self, name: &Name) -> impl Iterator<Item = &Version> {
        self.own.get(name).into_iter().flat_map(BTreeMap::keys)
    }
}

/// Only what is here, and what is part of the program: no registry is asked.
pub(super) struct Here<'a>(pub(super) &'a Shelf<'a>);

impl Catalogue for Here<'_> {
    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        let built_in = self.0.catalog.built_in_version(name);
        Ok(self.0.own_versions(name).cloned().chain(built_in).collect())
    }

    fn dependencies(&self, name: &Name, version: &Version) -> Result<Needs, Error> {
        self.0.dependencies(name, version)
    }

    fn objection(&self, _: &Name, _: &Version) -> Result<Option<String>, Error> {
        Ok(None)
    }
}

impl Catalogue for Shelf<'_> {
    fn title(&self) -> String {
        self.catalog.title()
    }

    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        let own: BTreeSet<Version> = match self.own.get(name) {
            Some(own) => own.keys().cloned().collect(),
            None => return self.catalog.versions(name),
        };
        match self.catalog.versions(name) {
            Ok(more) => Ok(more
                .into_iter()
                .collect::<BTreeSet<_>>()
                .union(&own)
                .cloned()
                .collect()),
            // What is here does without any registry.
            Err(_) => Ok(own.into_iter().collect()),
        }
    }

    fn dependencies(&self, name: &Name, version: &Version) -> Result<Needs, Error> {
        match self.own.get(name).and_then(|own| own.get(version)) {
            Some(needs) => Ok(needs.clone()),
            None => self.catalog.dependencies(name, version),
        }
    }

    fn objection(&self, name: &Name, version: &Version) -> Result<Option<String>, Error> {
        if self.has(name, version) {
            return Ok(None);
        }
        self.catalog.objection(name, version)
    }
}

/// The dependencies in a manifest, by name.
pub(super) fn needs(of: &BTreeMap<String, VersionReq>) -> Result<Needs, Error> {
    let each = of.iter();
    each.map(|(name, wanted)| Ok((name.parse()?, wanted.clone())))
        .collect()
}
