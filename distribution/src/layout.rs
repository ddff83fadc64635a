//! A directory in the form of an OCI image layout, as a registry: nothing has to
//! run, and other tools can copy from it and into it.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use cm_types::Digest;
use semver::Version;

use crate::{
    Artifact, Error, Name, Published, Referrer, RegistryError, Source, Which, canonical, disk,
    oci::{self, Descriptor, Document, ImageIndex, ImageManifest},
    source,
};

mod tag;
#[cfg(test)]
pub(crate) mod tests;

use tag::read_reference;
pub(crate) use tag::version_of_tag;

/// An OCI image layout. Several processes may read and write it at once.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// This directory; it need not exist before something is published.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn index_file(&self) -> PathBuf {
        self.root.join("index.json")
    }

    fn blob_file(&self, digest: Digest) -> PathBuf {
        self.root.join("blobs").join("sha256").join(digest.hex())
    }

    fn index(&self) -> Result<ImageIndex, Error> {
        let file = self.index_file();
        let Some(bytes) = disk::read(&file, tag::MAX_INDEX_BYTES)? else {
            return Ok(ImageIndex::default());
        };
        serde_json::from_slice(&bytes).map_err(|error| {
            let why = format!("its index.json cannot be read: {error}");
            let source_name = self.title();
            RegistryError::Protocol { source_name, why }.into()
        })
    }

    /// The entries of the index that are versions of packages.
    fn entries(&self) -> Result<Vec<(Name, Version, Descriptor)>, Error> {
        let entries = self.index()?.manifests.into_iter().filter_map(|entry| {
            let (name, version) = read_reference(entry.annotations.get(oci::REF_NAME)?)?;
            Some((name, version, entry))
        });
        Ok(entries.collect())
    }

    fn document(&self, digest: Digest) -> Result<Option<Document>, Error> {
        let (file, what) = (self.blob_file(digest), format!("the manifest {digest}"));
        match fs::metadata(&file) {
            Ok(it) if it.len() > oci::MAX_DOCUMENT_BYTES => {
                return Err(source::too_large(&self.title(), &what));
            }
            Ok(it) if !it.is_file() => return Ok(None),
            _ => {}
        }
        let Some(bytes) = disk::read(&file, oci::MAX_DOCUMENT_BYTES)? else {
            return Ok(None);
        };
        let (title, document) = (self.title(), Document::new(bytes));
        source::verified(&title, &what, document, Which::Digest(digest)).map(Some)
    }

    /// Adds blobs, then an entry of the index that points to them: whoever finds
    /// the entry finds the blobs.
    fn add<'a>(
        &self,
        blobs: impl Iterator<Item = (Digest, &'a [u8])>,
        decide: impl FnOnce(&mut ImageIndex) -> Result<Published, Error>,
    ) -> Result<Published, Error> {
        disk::create_directories(&self.root.join("blobs").join("sha256"))?;
        let _lock = disk::Lock::acquire(&self.root.join("index.lock"))?;
        let mut index = self.index()?;
        // Decided first: nothing is written for what is refused.
        let published = decide(&mut index)?;
        let marker = self.root.join("oci-layout");
        if !marker.exists() {
            disk::replace(&marker, br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        }
        for (digest, bytes) in blobs {
            let file = self.blob_file(digest);
            // One of another length is damaged, and is mended by this.
            let there = fs::metadata(&file).is_ok_and(|it| it.len() == bytes.len() as u64);
            if !there {
                disk::replace(&file, bytes)?;
            }
        }
        if published == Published::New {
            let bytes = canonical::to_vec(&index)
                .map_err(|error| Error::io("write", self.index_file(), error.into()))?;
            disk::replace(&self.index_file(), &bytes)?;
        }
        Ok(published)
    }
}

impl Source for Layout {
    fn title(&self) -> String {
        format!("the registry {}", self.root.display())
    }

    fn names(&self) -> Result<Option<Vec<Name>>, Error> {
        let names: BTreeSet<Name> = self.entries()?.into_iter().map(|it| it.0).collect();
        Ok(Some(names.into_iter().collect()))
    }

    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        let entries = self.entries()?.into_iter();
        let versions: BTreeSet<Version> = entries
            .filter(|(known, _, _)| known == name)
            .map(|(_, version, _)| version)
            .collect();
        if versions.is_empty() {
            return Err(source::no_package(self, name));
        }
        Ok(versions.into_iter().collect())
    }

    fn manifest(&self, name: &Name, which: Which<'_>) -> Result<Document, Error> {
        let digest = match which {
            Which::Digest(digest) => digest,
            Which::Version(version) => match self
                .entries()?
                .into_iter()
                .find(|it| it.0 == *name && it.1 == *version)
            {
                Some((_, _, entry)) => entry.digest,
                None => return Err(source::no_version(self, name, version.to_string())),
            },
        };
        self.document(digest)?.ok_or_else(|| Error::Missing {
            source_name: self.title(),
            what: format!("the manifest {digest} of {name}"),
        })
    }

    fn blob(
        &self,
        name: &Name,
        blob: &Descriptor,
        start: u64,
        sink: &mut dyn Write,
    ) -> Result<(), Error> {
        let path = self.blob_file(blob.digest);
        // Opening a FIFO would wait for somebody to write to it.
        if !path.is_file() {
            return Err(Error::Missing {
                source_name: self.title(),
                what: format!("the blob {} of {name}", blob.digest),
            });
        }
        let copied = File::open(&path).and_then(|mut file| {
            file.seek(SeekFrom::Start(start))?;
            io::copy(&mut file.take(blob.size.saturating_sub(start)), sink)
        });
        copied.map_err(|error| Error::io("read", path, error))?;
        Ok(())
    }

    fn publish(&self, name: &Name, artifact: &Artifact) -> Result<Published, Error> {
        let version = source::own_name(name, artifact)?;
        let manifest = &artifact.manifest;
        let blobs = artifact.blobs().map(|(blob, bytes)| (blob.digest, bytes));
        let blobs = blobs.chain([(manifest.digest, manifest.bytes.as_slice())]);
        self.add(blobs, |index| {
            let reference = format!("{name}:{version}");
            let known = index
                .manifests
                .iter()
                .find(|entry| entry.annotations.get(oci::REF_NAME) == Some(&reference));
            match known {
                Some(known) if known.digest == manifest.digest => Ok(Published::Already),
                Some(_) => Err(Error::Exists {
                    name: name.clone(),
                    version: version.to_string(),
                    source_name: self.title(),
                }),
                None => {
                    let mut entry = Descriptor::of(oci::MANIFEST, &manifest.bytes)
                        .with(oci::REF_NAME, reference);
                    entry.artifact_type = Some(oci::PACKAGE.to_owned());
                    index.manifests.push(entry);
                    Ok(Published::New)
                }
            }
        })
    }

    fn referrers(&self, _name: &Name, subject: Digest) -> Result<Vec<Referrer>, Error> {
        let mut found = Vec::new();
        for entry in self.index()?.manifests {
            // All others are read: an index need not say what its entries are about.
            if entry.media_type == oci::MANIFEST
                && entry.artifact_type.as_deref() != Some(oci::PACKAGE)
                && let Some(document) = self.document(entry.digest)?
            {
                found.extend(source::about(subject, document));
            }
        }
        Ok(found)
    }

    fn attach(
        &self,
        _name: &Name,
        referrer: &ImageManifest,
        blobs: &[&[u8]],
    ) -> Result<Digest, Error> {
        source::attachable(referrer, blobs)?;
        let bytes = canonical::to_vec(referrer)
            .map_err(|error| Error::io("write", self.index_file(), error.into()))?;
        let mut entry = Descriptor::of(oci::MANIFEST, &bytes);
        entry.artifact_type = Some(referrer.kind().to_owned());
        let digest = entry.digest;
        let all = blobs.iter().copied().chain([bytes.as_slice()]);
        self.add(all.map(|bytes| (Digest::of(bytes), bytes)), |index| {
            if index.manifests.iter().any(|known| known.digest == digest) {
                return Ok(Published::Already);
            }
            index.manifests.push(entry);
            Ok(Published::New)
        })?;
        Ok(digest)
    }
}
