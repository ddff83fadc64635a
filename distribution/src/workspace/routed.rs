use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use cm_types::Digest;
use semver::Version;

use crate::{
    Artifact, Error, Name, Published, Referrer, Source, Which,
    oci::{Descriptor, Document, ImageManifest},
};

/// Registries, and other places for the packages that were asked for there.
pub(super) struct Routed {
    pub(super) base: Arc<dyn Source>,
    pub(super) own: BTreeMap<Name, Arc<dyn Source>>,
    /// The versions that were asked for already.
    pub(super) versions: Mutex<BTreeMap<Name, Vec<Version>>>,
}

impl Routed {
    pub(super) fn of(&self, name: &Name) -> &dyn Source {
        self.own.get(name).unwrap_or(&self.base).as_ref()
    }
}

/// No registry at all.
pub(super) struct Offline;

impl Offline {
    fn refuse<T>(what: String) -> Result<T, Error> {
        Err(Error::Offline { what })
    }
}

impl Source for Offline {
    fn title(&self) -> String {
        "this machine".into()
    }

    fn names(&self) -> Result<Option<Vec<Name>>, Error> {
        Ok(None)
    }

    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        Self::refuse(format!("`{name}`"))
    }

    fn manifest(&self, name: &Name, which: Which<'_>) -> Result<Document, Error> {
        Self::refuse(format!("{name} {which}"))
    }

    fn blob(&self, name: &Name, blob: &Descriptor, _: u64, _: &mut dyn Write) -> Result<(), Error> {
        Self::refuse(format!("the blob {} of {name}", blob.digest))
    }

    fn publish(&self, name: &Name, _: &Artifact) -> Result<Published, Error> {
        Self::refuse(format!("a registry to publish {name} in"))
    }

    fn referrers(&self, _: &Name, _: Digest) -> Result<Vec<Referrer>, Error> {
        Ok(Vec::new())
    }

    fn attach(&self, name: &Name, _: &ImageManifest, _: &[&[u8]]) -> Result<Digest, Error> {
        Self::refuse(format!("a registry with {name}"))
    }
}

impl Source for Routed {
    fn title(&self) -> String {
        self.base.title()
    }

    fn names(&self) -> Result<Option<Vec<Name>>, Error> {
        self.base.names()
    }

    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        let known = || self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(versions) = known().get(name) {
            return Ok(versions.clone());
        }
        let versions = self.of(name).versions(name)?;
        known().insert(name.clone(), versions.clone());
        Ok(versions)
    }

    fn manifest(&self, name: &Name, which: Which<'_>) -> Result<Document, Error> {
        self.of(name).manifest(name, which)
    }

    fn blob(
        &self,
        name: &Name,
        blob: &Descriptor,
        start: u64,
        sink: &mut dyn Write,
    ) -> Result<(), Error> {
        self.of(name).blob(name, blob, start, sink)
    }

    fn publish(&self, name: &Name, artifact: &Artifact) -> Result<Published, Error> {
        self.of(name).publish(name, artifact)
    }

    fn referrers(&self, name: &Name, subject: Digest) -> Result<Vec<Referrer>, Error> {
        self.of(name).referrers(name, subject)
    }

    fn attach(
        &self,
        name: &Name,
        referrer: &ImageManifest,
        blobs: &[&[u8]],
    ) -> Result<Digest, Error> {
        self.of(name).attach(name, referrer, blobs)
    }
}
