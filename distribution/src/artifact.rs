//! A package as an OCI artifact: a canonical config, the components, and one
//! archive each for prompts and assets. The same files always make the same
//! digest.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
};

use cm_types::Digest;

use crate::{
    Error,
    oci::{Descriptor, Document, ImageManifest},
};

mod archive;
mod config;
mod contents;
mod imports;
mod make;
mod place;
#[cfg(test)]
pub(crate) mod tests;
mod unpack;

pub use config::{Config, FileEntry, Interfaces, MAX_CONFIG_BYTES};
pub use contents::Contents;
pub(crate) use imports::check_components;
pub use make::MakeOptions;

/// A package has at most so many layers; some registries take no more than 500.
pub const MAX_LAYERS: usize = 64;

/// No archive of ours is larger: the files, and a header and some padding for each.
const MAX_ARCHIVE_BYTES: u64 =
    cm_registry::MAX_PACKAGE_BYTES + 2048 * (cm_registry::MAX_FILES as u64 + 1);

/// A package as it is published.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The manifest; its digest is the version's.
    pub manifest: Document,
    /// The same, read and checked.
    pub contents: Contents,
    blobs: BTreeMap<Digest, Vec<u8>>,
}

impl Artifact {
    /// The digest of the manifest, by which the version is known.
    pub fn digest(&self) -> Digest {
        self.manifest.digest
    }

    /// All about it but its files' contents.
    pub fn config(&self) -> &Config {
        &self.contents.config
    }

    /// An artifact whose blobs are kept somewhere, to publish it elsewhere as it is.
    /// `what` is how messages call it.
    pub fn load(what: &str, manifest: Document, from: &dyn Blobs) -> Result<Self, Error> {
        let (image, config) = Contents::config_of(what, &manifest.bytes)?;
        let mut blobs = BTreeMap::new();
        for blob in image.blobs() {
            let limit = if blob.digest == config.digest {
                MAX_CONFIG_BYTES
            } else {
                MAX_ARCHIVE_BYTES
            };
            if blob.size > limit {
                let why = format!("its blob {} has {} bytes", blob.digest, blob.size);
                return Err(Error::refused(what, why));
            }
            let mut bytes = Vec::new();
            let read = from.open(blob)?.take(blob.size + 1).read_to_end(&mut bytes);
            let got = Digest::of(&bytes);
            if read.is_err() || got != blob.digest {
                return Err(Error::Mismatch {
                    what: format!("the blob {} of {what}", blob.digest),
                    source_name: "where it was kept".into(),
                    expected: blob.digest.to_string(),
                    got: read.map_or_else(|error| error.to_string(), |_| got.to_string()),
                });
            }
            blobs.insert(blob.digest, bytes);
        }
        let config = blobs.get(&config.digest).map_or(&[][..], Vec::as_slice);
        let contents = Contents::read(what, &manifest.bytes, config)?;
        Ok(Self {
            manifest,
            contents,
            blobs,
        })
    }

    /// Its config and layers with their bytes, each once.
    pub fn blobs(&self) -> impl Iterator<Item = (&Descriptor, &[u8])> {
        let all = self.contents.manifest.blobs().into_iter();
        all.filter_map(|blob| Some((blob, self.blobs.get(&blob.digest)?.as_slice())))
    }
}

/// Where the bytes of blobs are kept.
pub trait Blobs {
    /// The bytes of this blob, from the first one.
    fn open(&self, blob: &Descriptor) -> Result<Box<dyn Read + '_>, Error>;
}

impl Blobs for Artifact {
    fn open(&self, blob: &Descriptor) -> Result<Box<dyn Read + '_>, Error> {
        match self.blobs.get(&blob.digest) {
            Some(bytes) => Ok(Box::new(bytes.as_slice())),
            None => Err(Error::Missing {
                source_name: "the artifact".into(),
                what: format!("the blob {}", blob.digest),
            }),
        }
    }
}

/// A file's bytes, for those that implement [`Blobs`].
pub(crate) fn reader(file: File) -> Box<dyn Read> {
    Box::new(io::BufReader::with_capacity(64 << 10, file))
}

impl ImageManifest {
    /// Reads an image manifest; `what` is how messages call it.
    pub(crate) fn read(what: &str, bytes: &[u8]) -> Result<Self, Error> {
        let refused = |why: String| Error::refused(what, why);
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| refused(format!("its manifest cannot be read: {error}")))?;
        if manifest.schema_version != 2 {
            return Err(refused("its manifest is not one of OCI version 1".into()));
        }
        match manifest.media_type.as_deref() {
            None | Some(crate::oci::MANIFEST) => Ok(manifest),
            Some(other) => Err(refused(format!(
                "its manifest is one of the type `{}`",
                other.escape_debug()
            ))),
        }
    }
}
