//! A manifest comes in: checked, then written with all that it points to.

use std::{fs, path::Path};

use cm_distribution::{
    Contents, Error as PackageError, MAX_CONFIG_BYTES, Name,
    oci::{self, Descriptor, ImageIndex},
};
use cm_types::Digest;
use hyper::StatusCode;

use super::{
    Known, Shelf,
    blobs::is_whole,
    disk, locked,
    snapshot::{REPOSITORIES, version_of, with_repository},
};
use crate::{fault::Fault, route::Reference};

/// A manifest that is here now.
pub(crate) struct Accepted {
    pub(crate) digest: Digest,
    /// What it is about.
    pub(crate) subject: Option<Digest>,
}

impl Shelf {
    /// Takes a manifest. It is durable, with its blobs, when this returns.
    pub(crate) fn put(
        &self,
        name: &Name,
        reference: &Reference,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Accepted, Fault> {
        let digest = Digest::of(bytes);
        if let Reference::Digest(said) = reference
            && *said != digest
        {
            return Err(Fault::bad_digest(format!(
                "the manifest was to be {said}; what came is {digest}"
            )));
        }
        let known = Known::read(bytes).map_err(Fault::bad_manifest)?;
        if media_type != known.media_type() {
            return Err(Fault::bad_manifest(format!(
                "it is sent as `{media_type}` and is `{}`",
                known.media_type()
            )));
        }
        let ours = locked(&self.writing);
        let lock = disk::lock(self.layout.root())?;
        let mut index = disk::read_index(&self.layout.root().join("index.json"))?;
        let mut places = Vec::new();
        for blob in &known.blobs {
            let place = self.place(name, blob.digest)?;
            match place.filter(|path| is_whole(path, blob.size)) {
                Some(path) => places.push((blob.digest, path)),
                None => return Err(missing("blob", blob.digest)),
            }
        }
        let holdings = self.holdings(name)?;
        for inner in &known.manifests {
            if !holdings.manifests.contains_key(inner) {
                return Err(missing("manifest", *inner));
            }
        }
        if known.kind == oci::PACKAGE {
            let config = places.first().map(|(_, path)| path.as_path());
            is_package(name, reference, bytes, config)?;
        }
        if let Some(subject) = known.subject
            && !holdings.manifests.contains_key(&digest)
            && self.referrers(name, subject)?.len() >= self.limits.referrers
        {
            return Err(Fault::busy(format!(
                "there are {} artifacts about {subject} already",
                self.limits.referrers
            )));
        }
        let mut entry = Descriptor::of(known.media_type(), bytes);
        entry.artifact_type = Some(known.kind.clone()).filter(|kind| !kind.is_empty());
        let here = holdings.manifests.contains_key(&digest);
        let changed = match reference {
            Reference::Digest(_) if here => false,
            Reference::Digest(_) => {
                enter_untagged(&mut index, name, entry);
                true
            }
            Reference::Tag(tag) => enter(&mut index, name, tag, entry)?,
        };
        let write = || {
            let blobs = self.blobs();
            disk::create_directories(&blobs)?;
            for (digest, path) in &places {
                let to = self.blob_file(*digest);
                if *path != to {
                    fs::rename(path, &to)?;
                    // Two names of one file are left as they are by that.
                    let _ = fs::remove_file(path);
                }
            }
            let to = self.blob_file(digest);
            if !is_whole(&to, bytes.len() as u64) {
                disk::replace(&self.staging.open_directory(), &to, bytes)?;
            }
            disk::sync_directory(&blobs)?;
            if changed {
                self.write_index(&index)?;
            }
            Ok(())
        };
        write().map_err(|error: std::io::Error| Fault::disk("write to the registry", &error))?;
        drop((lock, ours));
        Ok(Accepted {
            digest,
            subject: known.subject,
        })
    }

    fn write_index(&self, index: &ImageIndex) -> std::io::Result<()> {
        let root = self.layout.root();
        let marker = root.join("oci-layout");
        if !marker.exists() {
            let text = br#"{"imageLayoutVersion":"1.0.0"}"#;
            disk::replace(&self.staging.open_directory(), &marker, text)?;
        }
        let bytes = serde_json::to_vec(index)?;
        disk::replace(
            &self.staging.open_directory(),
            &root.join("index.json"),
            &bytes,
        )?;
        disk::sync_directory(root)
    }
}

/// Enters a manifest that is new to a repository. Entries that others wrote without
/// saying for whom stay as they are: they belong to more than this one.
fn enter_untagged(index: &mut ImageIndex, name: &Name, mut entry: Descriptor) {
    let mut entries = index.manifests.iter_mut();
    let known = entries
        .find(|known| known.digest == entry.digest && known.annotations.contains_key(REPOSITORIES));
    match known {
        Some(known) => with_repository(known, name),
        None => {
            with_repository(&mut entry, name);
            index.manifests.push(entry);
        }
    }
}

/// Enters a manifest with a tag; false when it is there already. What a version is
/// stays.
fn enter(index: &mut ImageIndex, name: &Name, tag: &str, entry: Descriptor) -> Result<bool, Fault> {
    let reference = format!("{name}:{tag}");
    let mut entries = index.manifests.iter_mut();
    let known = entries.find(|known| known.annotations.get(oci::REF_NAME) == Some(&reference));
    match known {
        Some(known) if known.digest == entry.digest => Ok(false),
        Some(known) if version_of(tag).is_some() => Err(Fault::new(
            StatusCode::CONFLICT,
            "TAG_IMMUTABLE",
            format!(
                "{name} {tag} is published already, as {}; a published version never changes: \
                 publish a higher one",
                known.digest
            ),
        )),
        Some(known) => {
            *known = entry.with(oci::REF_NAME, reference);
            Ok(true)
        }
        None => {
            index.manifests.push(entry.with(oci::REF_NAME, reference));
            Ok(true)
        }
    }
}

/// Refuses a package that no client would install: one that is not sound, or one
/// that is published as another.
fn is_package(
    name: &Name,
    reference: &Reference,
    manifest: &[u8],
    config: Option<&Path>,
) -> Result<(), Fault> {
    let path = config.ok_or_else(|| Fault::bad_manifest("it has no config"))?;
    let config = disk::read(path, MAX_CONFIG_BYTES)
        .map_err(|error| Fault::bad_manifest(format!("its config cannot be read: {error}")))?;
    let contents = match Contents::read(&name.to_string(), manifest, &config) {
        Ok(contents) => contents,
        // Those who use it may have a newer cm than the one that serves it.
        Err(PackageError::OtherCm { .. }) => return Ok(()),
        Err(error) => return Err(Fault::bad_manifest(error.to_string())),
    };
    let package = &contents.config.manifest.package;
    let version = match reference {
        Reference::Tag(tag) => version_of(tag).is_none_or(|version| version == package.version),
        Reference::Digest(_) => true,
    };
    if package.name == name.package() && version {
        return Ok(());
    }
    Err(Fault::bad_manifest(format!(
        "the package calls itself {}, and is sent as {name} {reference}",
        contents.config.title()
    )))
}

fn missing(what: &str, digest: Digest) -> Fault {
    Fault::new(
        StatusCode::BAD_REQUEST,
        "MANIFEST_BLOB_UNKNOWN",
        format!("the {what} {digest} is not here, or has another size; send it first"),
    )
}
