//! The directory: what is in it, who may see which blob as part of which package,
//! and how something new gets in.
//!
//! Everything here blocks.

use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use cm_distribution::{
    Layout, Name, Source, Which,
    oci::{Descriptor, Document},
    trust::{Evidence, Findings},
};
use cm_types::Digest;

use crate::{Error, Limits, fault::Fault, route::Reference};

mod admit;
mod blobs;
pub(crate) mod disk;
mod facts;
mod known;
mod snapshot;
mod staging;
mod uploads;

pub(crate) use facts::{About, Facts};
pub(crate) use known::Known;
pub(crate) use snapshot::Snapshot;
pub(crate) use uploads::Upload;

use disk::Stamp;
use snapshot::Holdings;
use staging::Staging;
use uploads::Uploads;

/// So much is remembered of what never changes; then it is read again.
const MAX_REMEMBERED: usize = 20_000;

/// A directory with packages.
pub(crate) struct Shelf {
    layout: Layout,
    limits: Limits,
    staging: Staging,
    uploads: Uploads,
    /// The index as it was read last.
    current: Mutex<Option<(Stamp, Arc<Snapshot>)>>,
    /// Manifests by their digest: what they point to.
    known: Mutex<HashMap<Digest, Arc<Known>>>,
    /// Packages by their manifest's digest: what pages show.
    facts: Mutex<HashMap<Digest, Arc<Facts>>>,
    /// What is attached to packages, verified; by the digest of all their digests.
    findings: Mutex<HashMap<Digest, Arc<Findings>>>,
    /// Writers of this process wait here, those of others at the lock file.
    writing: Mutex<()>,
}

impl Shelf {
    pub(crate) fn open(layout: Layout, limits: Limits) -> Result<Self, Error> {
        let root = layout.root();
        let failed = |error| Error::io("use the directory", root, error);
        disk::create_directories(root).map_err(failed)?;
        let staging = Staging::open(root).map_err(failed)?;
        Ok(Self {
            uploads: Uploads::new(staging.open_directory(), limits.uploads),
            layout,
            limits,
            staging,
            current: Mutex::default(),
            known: Mutex::default(),
            facts: Mutex::default(),
            findings: Mutex::default(),
            writing: Mutex::default(),
        })
    }

    pub(crate) fn uploads(&self) -> &Uploads {
        &self.uploads
    }

    /// Removes what clients and crashed servers left behind.
    pub(crate) fn sweep(&self) {
        self.uploads.expire();
        self.staging.sweep(self.limits.staged);
    }

    fn blobs(&self) -> PathBuf {
        self.layout.root().join("blobs").join("sha256")
    }

    fn blob_file(&self, digest: Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    /// The index as it is now: other programs write it too.
    pub(crate) fn snapshot(&self) -> Result<Arc<Snapshot>, Fault> {
        let file = self.layout.root().join("index.json");
        let stamp = Stamp::of(&file).map_err(|error| Fault::disk("read the index", &error))?;
        if let Some((known, snapshot)) = &*locked(&self.current)
            && *known == stamp
        {
            return Ok(Arc::clone(snapshot));
        }
        let index = disk::read_index(&file)?;
        let snapshot = Arc::new(Snapshot::of(index, |digest| self.known(digest).ok()));
        // Should it have changed since, its stamp is another one next time.
        *locked(&self.current) = Some((stamp, Arc::clone(&snapshot)));
        Ok(snapshot)
    }

    fn holdings(&self, name: &Name) -> Result<Arc<Holdings>, Fault> {
        let snapshot = self.snapshot()?;
        Ok(snapshot.holdings(name, |digest| self.known(digest).ok()))
    }

    /// What a manifest in the layout points to.
    pub(crate) fn known(&self, digest: Digest) -> Result<Arc<Known>, Fault> {
        remembered(&self.known, digest, || {
            let path = self.blob_file(digest);
            let bytes = disk::read_document(&path, digest)?;
            Known::read(&bytes).map_err(Fault::inside)
        })
    }

    /// What there is to say of a version.
    pub(crate) fn facts(&self, name: &Name, digest: Digest) -> Result<Arc<Facts>, Fault> {
        remembered(&self.facts, digest, || {
            Ok(Facts::read(&self.layout, name, digest))
        })
    }

    /// What is attached to a version, as far as its signatures are valid.
    pub(crate) fn findings(
        &self,
        name: &Name,
        digest: Digest,
        attached: &[(Descriptor, Arc<Known>)],
    ) -> Result<Arc<Findings>, Fault> {
        let mut all: Vec<String> = attached.iter().map(|it| it.0.digest.hex()).collect();
        all.sort_unstable();
        all.push(digest.hex());
        remembered(&self.findings, Digest::of(all.concat().as_bytes()), || {
            let manifest = self.layout.manifest(name, Which::Digest(digest))?;
            let evidence = Evidence::gather(&self.layout, name, digest)?;
            Ok(evidence
                .unwrap_or_else(Evidence::none)
                .check(&manifest.bytes))
        })
    }

    /// When a manifest came here.
    pub(crate) fn since(&self, digest: Digest) -> Option<SystemTime> {
        fs::metadata(self.blob_file(digest)).ok()?.modified().ok()
    }

    /// A small file of a version, verified.
    pub(crate) fn small(&self, name: &Name, blob: &Descriptor, limit: u64) -> Option<Vec<u8>> {
        self.layout.small_blob(name, blob, limit).ok()
    }

    /// A manifest of this repository, with its media type.
    pub(crate) fn manifest(
        &self,
        name: &Name,
        reference: &Reference,
    ) -> Result<(Document, String), Fault> {
        let holdings = self.holdings(name)?;
        let entry = match reference {
            Reference::Digest(digest) => holdings.manifests.get(digest),
            Reference::Tag(tag) => holdings.tags.get(tag),
        };
        let entry = entry.ok_or_else(|| Fault::no_manifest(&reference.to_string()))?;
        let document = self.layout.manifest(name, Which::Digest(entry.digest))?;
        Ok((document, entry.media_type.clone()))
    }

    /// The artifacts about others, by what they are about.
    pub(crate) fn attached(&self, name: &Name) -> Result<Attached, Fault> {
        let holdings = self.holdings(name)?;
        let mut found = Attached::new();
        for entry in holdings.manifests.values() {
            // One that is damaged is missing; the rest is as good as before.
            if let Ok(known) = self.known(entry.digest)
                && let Some(subject) = known.subject
            {
                found
                    .entry(subject)
                    .or_default()
                    .push((entry.clone(), known));
            }
        }
        Ok(found)
    }

    /// The artifacts about one.
    pub(crate) fn referrers(
        &self,
        name: &Name,
        subject: Digest,
    ) -> Result<Vec<(Descriptor, Arc<Known>)>, Fault> {
        Ok(self.attached(name)?.remove(&subject).unwrap_or_default())
    }
}

/// By subject, the entries about it.
pub(crate) type Attached = HashMap<Digest, Vec<(Descriptor, Arc<Known>)>>;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remembered<T>(
    memory: &Mutex<HashMap<Digest, Arc<T>>>,
    digest: Digest,
    read: impl FnOnce() -> Result<T, Fault>,
) -> Result<Arc<T>, Fault> {
    if let Some(known) = locked(memory).get(&digest) {
        return Ok(Arc::clone(known));
    }
    let value = Arc::new(read()?);
    let mut memory = locked(memory);
    if memory.len() >= MAX_REMEMBERED {
        memory.clear();
    }
    memory.insert(digest, Arc::clone(&value));
    Ok(value)
}
