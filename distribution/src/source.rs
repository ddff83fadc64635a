use std::io::Write;

use cm_types::Digest;
use semver::Version;

use crate::{
    Artifact, Config, Contents, Error, Name,
    oci::{Descriptor, Document, ImageManifest, MAX_DOCUMENT_BYTES},
};

mod absent;

pub(crate) use absent::{no_package, no_version};

/// One manifest of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// The one that is published under this version now.
    Version(&'a Version),
    /// Exactly this one.
    Digest(Digest),
}

impl std::fmt::Display for Which<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

/// What publishing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// It is there now.
    New,
    /// Exactly this was there already.
    Already,
}

/// An artifact about another one: a signature, a yank, an advisory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// Its bytes, verified.
    pub document: Document,
    /// The same, read: its subject is the artifact that was asked about.
    pub manifest: ImageManifest,
}

/// Where packages are published.
///
/// Whatever it answers with a digest it was asked for has been verified, except
/// for the bytes of [`Source::blob`]: a blob may arrive in parts.
pub trait Source: Send + Sync {
    /// What it is, for messages: "the registry https://…".
    fn title(&self) -> String;

    /// The names it can list; none when it does not tell.
    fn names(&self) -> Result<Option<Vec<Name>>, Error>;

    /// All versions of a package, the lowest first. No package is an error.
    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error>;

    /// A manifest's bytes, of at most [`MAX_DOCUMENT_BYTES`].
    fn manifest(&self, name: &Name, which: Which<'_>) -> Result<Document, Error>;

    /// Writes the bytes of a blob from `start` on, and no more than its size. Does
    /// not verify them.
    fn blob(
        &self,
        name: &Name,
        blob: &Descriptor,
        start: u64,
        sink: &mut dyn Write,
    ) -> Result<(), Error>;

    /// Publishes a version. One that is there with other content is an error.
    fn publish(&self, name: &Name, artifact: &Artifact) -> Result<Published, Error>;

    /// The artifacts about this one.
    fn referrers(&self, name: &Name, subject: Digest) -> Result<Vec<Referrer>, Error>;

    /// Publishes an artifact about another one, with its blobs.
    fn attach(
        &self,
        name: &Name,
        referrer: &ImageManifest,
        blobs: &[&[u8]],
    ) -> Result<Digest, Error>;

    /// A small blob, verified.
    fn small_blob(&self, name: &Name, blob: &Descriptor, limit: u64) -> Result<Vec<u8>, Error> {
        let what = format!("the blob {} of {name}", blob.digest);
        let wrong = |expected: String, got: String| Error::Mismatch {
            what: what.clone(),
            source_name: self.title(),
            expected,
            got,
        };
        if blob.size > limit {
            return Err(wrong(
                format!("at most {limit} bytes"),
                format!("{} bytes", blob.size),
            ));
        }
        let mut bytes = Vec::new();
        self.blob(name, blob, 0, &mut bytes)?;
        if bytes.len() as u64 != blob.size {
            return Err(wrong(
                format!("{} bytes", blob.size),
                format!("{} bytes", bytes.len()),
            ));
        }
        let digest = Digest::of(&bytes);
        if digest != blob.digest {
            return Err(wrong(blob.digest.to_string(), digest.to_string()));
        }
        Ok(bytes)
    }

    /// A version's manifest and config, verified and checked.
    fn contents(&self, name: &Name, which: Which<'_>) -> Result<(Document, Contents), Error> {
        let what = match which {
            Which::Version(version) => format!("{name} {version}"),
            Which::Digest(digest) => format!("{name} ({digest})"),
        };
        let document = self.manifest(name, which)?;
        let (_, descriptor) = Contents::config_of(&what, &document.bytes)?;
        let config = self.small_blob(name, &descriptor, crate::MAX_CONFIG_BYTES)?;
        let contents = Contents::read(&what, &document.bytes, &config)?;
        is(&what, name, which, &contents.config)?;
        Ok((document, contents))
    }
}

/// Whether a package is the one it was published as: else one could be had under
/// the name of another.
fn is(what: &str, name: &Name, which: Which<'_>, config: &Config) -> Result<(), Error> {
    let package = &config.manifest.package;
    let version = match which {
        Which::Version(version) => version == &package.version,
        Which::Digest(_) => true,
    };
    if package.name == name.package() && version {
        return Ok(());
    }
    Err(Error::refused(
        what,
        format!("it calls itself {}", config.title()),
    ))
}

/// Refuses to publish a package under a name that is not its own.
pub(crate) fn own_name(name: &Name, artifact: &Artifact) -> Result<Version, Error> {
    let package = &artifact.config().manifest.package;
    if package.name == name.package() {
        return Ok(package.version.clone());
    }
    Err(Error::Unfit {
        package: name.to_string(),
        why: format!("its cm.toml calls it `{}`", package.name),
    })
}

/// A referrer's manifest, if it is about this subject.
pub(crate) fn about(subject: Digest, document: Document) -> Option<Referrer> {
    let manifest = ImageManifest::read("a referrer", &document.bytes).ok()?;
    let really = manifest.subject.as_ref()?.digest == subject;
    really.then_some(Referrer { document, manifest })
}

/// Checks that a referrer is about something and that its blobs are these.
pub(crate) fn attachable(referrer: &ImageManifest, blobs: &[&[u8]]) -> Result<Digest, Error> {
    let unfit = |why: &str| Error::Unfit {
        package: "the attachment".into(),
        why: why.to_owned(),
    };
    for blob in referrer.blobs() {
        if blobs.iter().all(|bytes| Digest::of(bytes) != blob.digest) {
            return Err(unfit(&format!("the blob {} is missing", blob.digest)));
        }
    }
    match &referrer.subject {
        Some(subject) => Ok(subject.digest),
        None => Err(unfit("it is not about anything")),
    }
}

/// Refuses documents that are larger than any of ours.
pub(crate) fn document(source: &str, what: &str, bytes: Vec<u8>) -> Result<Document, Error> {
    if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
        return Err(too_large(source, what));
    }
    Ok(Document::new(bytes))
}

pub(crate) fn too_large(source: &str, what: &str) -> Error {
    Error::Mismatch {
        what: what.to_owned(),
        source_name: source.to_owned(),
        expected: format!("at most {MAX_DOCUMENT_BYTES} bytes"),
        got: "more".into(),
    }
}

/// Refuses a document that is not the one that was asked for.
pub(crate) fn verified(
    source: &str,
    what: &str,
    document: Document,
    which: Which<'_>,
) -> Result<Document, Error> {
    match which {
        Which::Digest(expected) if expected != document.digest => Err(Error::Mismatch {
            what: what.to_owned(),
            source_name: source.to_owned(),
            expected: expected.to_string(),
            got: document.digest.to_string(),
        }),
        _ => Ok(document),
    }
}
