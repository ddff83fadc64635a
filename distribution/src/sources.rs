use std::{collections::BTreeMap, io::Write, sync::Arc};

use cm_types::Digest;
use semver::Version;

use crate::{
    Artifact, Error, Name, Published, Referrer, Source, Which,
    oci::{Descriptor, Document, ImageManifest},
};

/// Several registries, each with its namespaces. A name belongs to one of them:
/// what that one does not have is nowhere else looked for, so that nobody can
/// publish something under the same name elsewhere and be found first.
#[derive(Clone)]
pub struct Sources {
    default: Arc<dyn Source>,
    namespaces: BTreeMap<String, Arc<dyn Source>>,
}

impl Sources {
    /// One for all names.
    pub fn new(default: Arc<dyn Source>) -> Self {
        Self {
            default,
            namespaces: BTreeMap::new(),
        }
    }

    /// With another one for a namespace.
    pub fn with(mut self, namespace: &str, source: Arc<dyn Source>) -> Self {
        self.namespaces.insert(namespace.to_owned(), source);
        self
    }

    /// The one that a name belongs to.
    pub fn of(&self, name: &Name) -> &dyn Source {
        let own = name.namespace().and_then(|it| self.namespaces.get(it));
        own.unwrap_or(&self.default).as_ref()
    }
}

impl Source for Sources {
    fn title(&self) -> String {
        if self.namespaces.is_empty() {
            self.default.title()
        } else {
            "the registries".into()
        }
    }

    fn names(&self) -> Result<Option<Vec<Name>>, Error> {
        let mut all = Vec::new();
        for source in std::iter::once(&self.default).chain(self.namespaces.values()) {
            // A name that is looked for elsewhere cannot be had here.
            let own = |name: &Name| std::ptr::addr_eq(self.of(name), Arc::as_ptr(source));
            all.extend(source.names()?.unwrap_or_default().into_iter().filter(own));
        }
        all.sort();
        all.dedup();
        Ok(Some(all))
    }

    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        self.of(name).versions(name)
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
