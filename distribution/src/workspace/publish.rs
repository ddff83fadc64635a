use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use cm_registry::Package;
use cm_types::Digest;
use semver::{Version, VersionReq};

use super::{Options, Workspace, archive, temporary::Temporary};
use crate::{
    Artifact, Catalog, Error, Layout, MakeOptions, Name, Published, Request, Source, Wanted, Which,
    fetch,
    oci::{self, Document},
    resolve,
};

/// What was published, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishOutcome {
    /// Under this name.
    pub name: Name,
    /// In this version.
    pub version: Version,
    /// By which it can be asked for.
    pub digest: Digest,
    /// What is signed.
    pub manifest: Document,
    /// What a download has.
    pub bytes: u64,
    /// Its layers: type and size.
    pub layers: Vec<(String, u64)>,
    /// Where.
    pub place: String,
    /// What that came to; none if it was only tried.
    pub published: Option<Published>,
}

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mirrored {
    /// Each version, and whether it was new there.
    pub versions: Vec<(Name, Version, Published)>,
    /// How many signatures and statements came with them.
    pub attached: usize,
}

impl Workspace<'_> {
    /// Publishes the package in a directory: under its own name, or in a namespace.
    /// With `dry_run` only what can be found out is.
    pub fn publish(
        &self,
        directory: &Path,
        namespace: Option<&str>,
        options: &Options,
        dry_run: bool,
    ) -> Result<PublishOutcome, Error> {
        let (name, artifact) = make(directory, namespace)?;
        let source = self.source(options)?;
        if dry_run {
            let version = &artifact.config().manifest.package.version;
            // What is there already with other content would be refused.
            let there = match source.versions(&name) {
                Ok(all) => all.contains(version),
                Err(Error::NoPackage { .. }) => false,
                Err(error) => return Err(error),
            };
            if there {
                let there = source.manifest(&name, Which::Version(version))?;
                if there.digest != artifact.digest() {
                    return Err(Error::Exists {
                        name,
                        version: version.to_string(),
                        source_name: source.title(),
                    });
                }
            }
            return Ok(outcome(name, &artifact, source.title(), None));
        }
        let published = source.publish(&name, &artifact)?;
        Ok(outcome(name, &artifact, source.title(), Some(published)))
    }

    /// Writes the package in a directory as a `.tar`, which can be installed
    /// anywhere.
    pub fn pack(
        &self,
        directory: &Path,
        namespace: Option<&str>,
        to: &Path,
    ) -> Result<PublishOutcome, Error> {
        let (name, artifact) = make(directory, namespace)?;
        let temporary = Temporary::new(&self.home)?;
        let layout = Layout::at(temporary.path().join("layout"));
        layout.publish(&name, &artifact)?;
        archive::write(&layout, to)?;
        Ok(outcome(
            name,
            &artifact,
            to.display().to_string(),
            Some(Published::New),
        ))
    }

    /// Copies packages with all that they need, and with what is attached to them,
    /// into a directory, for machines without a network.
    pub fn mirror(
        &self,
        wanted: &BTreeMap<Name, VersionReq>,
        built_in: &[Package],
        to: &Layout,
        options: &Options,
    ) -> Result<Mirrored, Error> {
        let source = self.source(options)?;
        let objection = |name: &Name, version: &Version, digest: Digest| {
            self.vetting
                .objection(source.as_ref(), name, version, digest)
        };
        let catalog = Catalog::of(source.as_ref())
            .with_store(&self.store)
            .with_objection(&objection)
            .with_built_in(built_in)?;
        let request = Request {
            who: "the mirror".into(),
            requirements: wanted.clone(),
            locked: BTreeMap::new(),
            prereleases: BTreeSet::new(),
        };
        let resolution = resolve(&catalog, &request)?;
        let mut found = Vec::new();
        for (name, chosen) in &resolution.packages {
            if !catalog.is_built_in(name, &chosen.version) {
                let (digest, _) = catalog.look(name, &chosen.version)?;
                found.push((name, &chosen.version, digest));
            }
        }
        let wanted: Vec<Wanted<'_>> = found
            .iter()
            .map(|&(name, version, digest)| Wanted {
                name,
                version,
                digest,
                source: Some(source.as_ref()),
            })
            .collect();
        let progress = |it: &crate::Progress| (self.progress)(&super::Event::Fetching(it.clone()));
        fetch(&self.store, &wanted, &progress)?;
        let mut mirrored = Mirrored::default();
        for (name, version, digest) in found {
            let what = format!("{name} {version}");
            let document = self.store.document(digest, oci::MAX_DOCUMENT_BYTES)?;
            let document = document.ok_or_else(|| Error::Missing {
                source_name: "the store".into(),
                what: what.clone(),
            })?;
            let artifact = Artifact::load(&what, document, &self.store)?;
            let published = to.publish(name, &artifact)?;
            mirrored
                .versions
                .push((name.clone(), version.clone(), published));
            for referrer in source.referrers(name, digest)? {
                let mut blobs = Vec::new();
                for blob in referrer.manifest.blobs() {
                    blobs.push(source.small_blob(name, blob, oci::MAX_DOCUMENT_BYTES)?);
                }
                let blobs: Vec<&[u8]> = blobs.iter().map(Vec::as_slice).collect();
                to.attach(name, &referrer.manifest, &blobs)?;
                mirrored.attached += 1;
            }
        }
        Ok(mirrored)
    }
}

fn make(directory: &Path, namespace: Option<&str>) -> Result<(Name, Artifact), Error> {
    let package = Package::open(directory)?;
    let name = match namespace {
        Some(namespace) => Name::within(namespace, package.name())?,
        None => Name::bare(package.name())?,
    };
    let artifact = Artifact::make(&package, &MakeOptions::default())?;
    Ok((name, artifact))
}

fn outcome(
    name: Name,
    artifact: &Artifact,
    place: String,
    published: Option<Published>,
) -> PublishOutcome {
    let layers = &artifact.contents.manifest.layers;
    PublishOutcome {
        name,
        version: artifact.config().manifest.package.version.clone(),
        digest: artifact.digest(),
        manifest: artifact.manifest.clone(),
        bytes: artifact.blobs().map(|(blob, _)| blob.size).sum(),
        layers: layers
            .iter()
            .map(|it| (it.media_type.clone(), it.size))
            .collect(),
        place,
        published,
    }
}
