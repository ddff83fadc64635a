//! What the resolver may choose from: published packages, and those that are part
//! of the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use cm_registry::Package;
use cm_types::Digest;
use semver::{Version, VersionReq};

use crate::{Catalogue, Contents, Error, Lock, MAX_CONFIG_BYTES, Name, Source, Store, Which};

#[cfg(test)]
mod tests;

/// Says why a version should not be taken; see [`Catalogue::objection`].
pub type Objection<'a> = dyn Fn(&Name, &Version, Digest) -> Result<Option<String>, Error> + 'a;

/// A [`Catalogue`] of a [`Source`].
pub struct Catalog<'a> {
    source: &'a dyn Source,
    store: Option<&'a Store>,
    objection: Option<&'a Objection<'a>>,
    built_in: BTreeMap<Name, (Version, BTreeMap<Name, VersionReq>)>,
    pinned: BTreeMap<Name, (Version, Digest)>,
    found: Mutex<BTreeMap<(Name, Version), (Digest, Contents)>>,
}

impl<'a> Catalog<'a> {
    /// What is published there.
    pub fn of(source: &'a dyn Source) -> Self {
        Self {
            source,
            store: None,
            objection: None,
            built_in: BTreeMap::new(),
            pinned: BTreeMap::new(),
            found: Mutex::default(),
        }
    }

    /// Reads manifests and configs from here if they are, and keeps them here.
    pub fn with_store(mut self, store: &'a Store) -> Self {
        self.store = Some(store);
        self
    }

    /// Asks this before a version is taken that is not in use yet.
    pub fn with_objection(mut self, objection: &'a Objection<'a>) -> Self {
        self.objection = Some(objection);
        self
    }

    /// With the packages that are part of the program, under their bare names. A
    /// published version of the same number does not take their place.
    pub fn with_built_in<'p>(
        mut self,
        packages: impl IntoIterator<Item = &'p Package>,
    ) -> Result<Self, Error> {
        for package in packages {
            let manifest = package.manifest();
            let needs = needs(&manifest.dependencies)?;
            let version = manifest.package.version.clone();
            self.built_in
                .insert(Name::bare(package.name())?, (version, needs));
        }
        Ok(self)
    }

    /// Takes the versions of a lock file by their digests: a tag that has moved
    /// since does not matter.
    pub fn with_lock(mut self, lock: &Lock) -> Self {
        for (name, locked) in &lock.packages {
            let pin = (locked.version.clone(), locked.manifest);
            self.pinned.insert(name.clone(), pin);
        }
        self
    }

    /// Whether this version is part of the program, and need not be fetched.
    pub fn is_built_in(&self, name: &Name, version: &Version) -> bool {
        self.built_in
            .get(name)
            .is_some_and(|(own, _)| own == version)
    }

    /// The version that is part of the program.
    pub fn built_in_version(&self, name: &Name) -> Option<Version> {
        self.built_in.get(name).map(|(version, _)| version.clone())
    }

    /// A version's manifest digest and contents, verified; asked for once.
    pub fn look(&self, name: &Name, version: &Version) -> Result<(Digest, Contents), Error> {
        let key = (name.clone(), version.clone());
        let found = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = found().get(&key) {
            return Ok(known.clone());
        }
        let looked = self.look_up(name, version)?;
        found().insert(key, looked.clone());
        Ok(looked)
    }

    fn look_up(&self, name: &Name, version: &Version) -> Result<(Digest, Contents), Error> {
        let pin = self
            .pinned
            .get(name)
            .filter(|(pinned, _)| pinned == version);
        let what = format!("{name} {version}");
        let right = |contents: Contents| {
            let package = &contents.config.manifest.package;
            if package.name == name.package() && package.version == *version {
                Ok(contents)
            } else {
                let why = format!("it calls itself {}", contents.config.title());
                Err(Error::refused(&*what, why))
            }
        };
        if let (Some((_, digest)), Some(store)) = (pin, self.store)
            && let Some(contents) = store.contents(&what, *digest)?
        {
            return Ok((*digest, right(contents)?));
        }
        let which = pin.map_or(Which::Version(version), |(_, digest)| {
            Which::Digest(*digest)
        });
        let document = self.source.manifest(name, which)?;
        if let Some(store) = self.store
            && let Some(contents) = store.contents(&what, document.digest)?
        {
            return Ok((document.digest, right(contents)?));
        }
        let (_, descriptor) = Contents::config_of(&what, &document.bytes)?;
        let config = self
            .source
            .small_blob(name, &descriptor, MAX_CONFIG_BYTES)?;
        let contents = right(Contents::read(&what, &document.bytes, &config)?)?;
        if let Some(store) = self.store {
            store.keep(&config)?;
            store.keep(&document.bytes)?;
        }
        Ok((document.digest, contents))
    }
}

impl Catalogue for Catalog<'_> {
    fn title(&self) -> String {
        self.source.title()
    }

    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        let built_in = self.built_in.get(name).map(|(version, _)| version);
        let pinned = self.pinned.get(name).map(|(version, _)| version);
        let own: BTreeSet<Version> = built_in.into_iter().chain(pinned).cloned().collect();
        match self.source.versions(name) {
            Ok(mut versions) => {
                versions.extend(own);
                Ok(versions)
            }
            // What is part of the program is there without any registry.
            Err(_) if built_in.is_some() => Ok(own.into_iter().collect()),
            Err(error) => Err(error),
        }
    }

    fn dependencies(
        &self,
        name: &Name,
        version: &Version,
    ) -> Result<BTreeMap<Name, VersionReq>, Error> {
        match self.built_in.get(name) {
            Some((own, needs)) if own == version => Ok(needs.clone()),
            _ => needs(&self.look(name, version)?.1.config.manifest.dependencies),
        }
    }

    fn objection(&self, name: &Name, version: &Version) -> Result<Option<String>, Error> {
        match self.objection {
            Some(objection) if !self.is_built_in(name, version) => {
                let (digest, _) = match self.look(name, version) {
                    // It is said when the dependencies are asked for.
                    Err(Error::OtherCm { .. }) => return Ok(None),
                    looked => looked?,
                };
                objection(name, version, digest)
            }
            _ => Ok(None),
        }
    }
}

/// The dependencies in a manifest, by name. One without a namespace stands for a
/// package without.
fn needs(dependencies: &BTreeMap<String, VersionReq>) -> Result<BTreeMap<Name, VersionReq>, Error> {
    let each = dependencies.iter();
    each.map(|(name, wanted)| Ok((name.parse()?, wanted.clone())))
        .collect()
}
