//! What was fetched, by digest. A blob is there whole and verified or not at all.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use cm_registry::Home;
use cm_types::Digest;
use sha2::{Digest as _, Sha256};

use crate::{
    Blobs, Contents, Error, artifact, disk,
    oci::{self, Descriptor, Document, ImageManifest},
};

mod fetch;
mod part;
#[cfg(test)]
mod tests;

pub use fetch::{Progress, Wanted, fetch};

/// A content-addressed store. Several processes may use it at once.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// What clearing up has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many blobs.
    pub blobs: u64,
    /// And their bytes, with those of unfinished ones.
    pub bytes: u64,
}

impl Store {
    /// The one in this home.
    pub fn of(home: &Home) -> Self {
        Self::at(home.root().join("store"))
    }

    /// This directory; it need not exist before something is kept.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn blobs(&self) -> PathBuf {
        self.root.join("sha256")
    }

    fn parts(&self) -> PathBuf {
        self.root.join("partial")
    }

    /// The file of a blob, whether it is there or not.
    pub fn file(&self, digest: Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    /// Whether a blob is there. Looks at its length alone.
    pub fn has(&self, blob: &Descriptor) -> bool {
        let metadata = fs::metadata(self.file(blob.digest));
        metadata.is_ok_and(|it| it.is_file() && it.len() == blob.size)
    }

    /// A manifest or another small document, verified; none if it is not there.
    pub fn document(&self, digest: Digest, limit: u64) -> Result<Option<Document>, Error> {
        let document = disk::read(&self.file(digest), limit)?.map(Document::new);
        // One that is damaged is not there; it is replaced when it is next fetched.
        Ok(document.filter(|document| document.digest == digest))
    }

    /// A package's manifest and config, without asking anybody; none if they are
    /// not there.
    pub fn contents(&self, what: &str, manifest: Digest) -> Result<Option<Contents>, Error> {
        let Some(document) = self.document(manifest, oci::MAX_DOCUMENT_BYTES)? else {
            return Ok(None);
        };
        let (_, config) = Contents::config_of(what, &document.bytes)?;
        let Some(config) = self.document(config.digest, artifact::MAX_CONFIG_BYTES)? else {
            return Ok(None);
        };
        Contents::read(what, &document.bytes, &config.bytes).map(Some)
    }

    /// Keeps some bytes.
    pub fn keep(&self, bytes: &[u8]) -> Result<Digest, Error> {
        let _lock = self.using()?;
        let digest = Digest::of(bytes);
        if self
            .document(digest, bytes.len() as u64)
            .ok()
            .flatten()
            .is_none()
        {
            disk::place(&self.file(digest), bytes)?;
        }
        Ok(digest)
    }

    /// Unpacks a package whose blobs are all here into a new directory. Damaged
    /// blobs are removed, so that they are fetched again.
    pub fn unpack(&self, what: &str, contents: &Contents, into: &Path) -> Result<(), Error> {
        let unpacked = contents.unpack(what, self, into);
        if let Err(Error::Refused { .. }) = unpacked {
            for blob in contents.manifest.blobs() {
                self.verify(blob)?;
            }
        }
        unpacked
    }

    /// Reads a blob again; removes it if it is not what it should be.
    pub fn verify(&self, blob: &Descriptor) -> Result<(), Error> {
        let path = self.file(blob.digest);
        let failed = |error| Error::io("read", &path, error);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(self.missing(blob)),
            Err(error) => return Err(failed(error)),
        };
        let mut hash = Sha256::new();
        io::copy(&mut file, &mut hash).map_err(failed)?;
        let digest = Digest::from(<[u8; 32]>::from(hash.finalize()));
        if digest == blob.digest {
            return Ok(());
        }
        fs::remove_file(&path).map_err(|error| Error::io("delete", &path, error))?;
        Err(Error::Mismatch {
            what: format!("the blob {}", blob.digest),
            source_name: self.title(),
            expected: blob.digest.to_string(),
            got: digest.to_string(),
        })
    }

    /// Removes everything that these manifests do not need, and what was never
    /// finished. Waits for those who use the store.
    pub fn sweep(&self, keep: &BTreeSet<Digest>) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        if !self.root.is_dir() {
            return Ok(swept);
        }
        let _lock = disk::Lock::acquire(&self.root.join("store.lock"))?;
        let mut needed = BTreeSet::new();
        for &manifest in keep {
            needed.insert(manifest.hex());
            let document = self.document(manifest, oci::MAX_DOCUMENT_BYTES)?;
            // What it needs cannot be told from a document that is no manifest.
            if let Some(document) = document
                && let Ok(manifest) = ImageManifest::read("it", &document.bytes)
            {
                needed.extend(manifest.blobs().iter().map(|blob| blob.digest.hex()));
            }
        }
        for (directory, whole) in [(self.blobs(), true), (self.parts(), false)] {
            let Ok(entries) = fs::read_dir(&directory) else {
                continue;
            };
            for entry in entries {
                let entry = entry.map_err(|error| Error::io("read", &directory, error))?;
                let name = entry.file_name();
                if whole && name.to_str().is_some_and(|name| needed.contains(name)) {
                    continue;
                }
                let path = entry.path();
                swept.bytes += entry.metadata().map_or(0, |it| it.len());
                swept.blobs += u64::from(whole);
                fs::remove_file(&path).map_err(|error| Error::io("delete", path, error))?;
            }
        }
        Ok(swept)
    }

    fn title(&self) -> String {
        format!("the store {}", self.root.display())
    }

    fn missing(&self, blob: &Descriptor) -> Error {
        Error::Missing {
            source_name: self.title(),
            what: format!("the blob {}", blob.digest),
        }
    }

    /// Keeps others from clearing up while something is added.
    fn using(&self) -> Result<disk::Lock, Error> {
        disk::create_directories(&self.blobs())?;
        disk::create_directories(&self.parts())?;
        disk::Lock::share(&self.root.join("store.lock"))
    }
}

impl Blobs for Store {
    fn open(&self, blob: &Descriptor) -> Result<Box<dyn Read + '_>, Error> {
        let path = self.file(blob.digest);
        match File::open(&path) {
            Ok(file) => Ok(artifact::reader(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(self.missing(blob)),
            Err(error) => Err(Error::io("read", path, error)),
        }
    }
}
