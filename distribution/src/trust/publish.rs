//! What a publisher attaches to a version.

use std::collections::BTreeMap;

use cm_types::Digest;

use super::{
    Advisory, Evidence, MAX_BUNDLE_BYTES, MAX_STATEMENT_BYTES, MINISIGN, Proof, Proven, SIGSTORE,
    SigningKey, TrustError, YankStatement,
    statement::{KEY_ANNOTATION, Statement},
};
use crate::{
    Error, Name, Source, canonical,
    oci::{self, Descriptor, Document, ImageManifest},
};

/// Signs a published manifest and attaches the signature. One of this key that is there
/// already will do: each signature has another time in it.
pub fn sign(
    source: &dyn Source,
    name: &Name,
    manifest: &Document,
    key: &SigningKey,
) -> Result<Digest, Error> {
    if let Some(known) = signed(source, name, manifest, key)? {
        return Ok(known);
    }
    let comment = format!("package {name} {}", manifest.digest);
    let text = signature(key, &manifest.bytes, &comment)?;
    let subject = Descriptor::of(oci::MANIFEST, &manifest.bytes);
    attach(source, name, subject, MINISIGN, key, &[(MINISIGN, text)])
}

/// The artifact with a valid signature by this key.
fn signed(
    source: &dyn Source,
    name: &Name,
    manifest: &Document,
    key: &SigningKey,
) -> Result<Option<Digest>, Error> {
    let evidence = Evidence::gather(source, name, manifest.digest)?;
    let items = evidence.into_iter().flat_map(|it| it.items);
    let own = |proof: &Proof| {
        let proven = proof.verify(&manifest.bytes);
        proven.is_ok_and(|it| it.signer == *key.signer())
    };
    let mut signatures = items.filter(|(_, item)| item.kind == MINISIGN);
    let found = signatures.find(|(_, item)| item.proofs.iter().any(own));
    Ok(found.map(|(artifact, _)| artifact))
}

/// Attaches a Sigstore bundle that another tool has made, if it is valid.
pub fn attach_bundle(
    source: &dyn Source,
    name: &Name,
    manifest: &Document,
    bundle: &str,
) -> Result<(Digest, Proven), Error> {
    let proof = Proof::Sigstore {
        bundle: bundle.to_owned(),
    };
    let bad = |why: String| TrustError::BadStatement {
        kind: "Sigstore bundle",
        why,
    };
    if bundle.len() as u64 > MAX_BUNDLE_BYTES {
        return Err(bad(format!("it has more than {MAX_BUNDLE_BYTES} bytes")).into());
    }
    let proven = proof.verify(&manifest.bytes).map_err(bad)?;
    let subject = Descriptor::of(oci::MANIFEST, &manifest.bytes);
    let layers = [(SIGSTORE, bundle.as_bytes().to_vec())];
    let digest = send(source, name, subject, SIGSTORE, BTreeMap::new(), &layers)?;
    Ok((digest, proven))
}

/// Withdraws a version, or takes that back.
pub fn yank(
    source: &dyn Source,
    name: &Name,
    statement: &YankStatement,
    key: &SigningKey,
) -> Result<Digest, Error> {
    state(source, name, statement, key)
}

/// Says that a version has a fault.
pub fn advise(
    source: &dyn Source,
    name: &Name,
    advisory: &Advisory,
    key: &SigningKey,
) -> Result<Digest, Error> {
    state(source, name, advisory, key)
}

fn state<S: Statement>(
    source: &dyn Source,
    name: &Name,
    statement: &S,
    key: &SigningKey,
) -> Result<Digest, Error> {
    let bad = |why: String| TrustError::BadStatement { kind: S::KIND, why };
    statement.check().map_err(bad)?;
    let bytes = canonical::to_vec(statement).map_err(|error| bad(error.to_string()))?;
    if bytes.len() as u64 > MAX_STATEMENT_BYTES {
        return Err(bad(format!("it has more than {MAX_STATEMENT_BYTES} bytes")).into());
    }
    let about = statement.about();
    let manifest = source.manifest(name, crate::Which::Digest(about))?;
    let comment = format!("{} {name} {about}", S::KIND);
    let signature = signature(key, &bytes, &comment)?;
    let subject = Descriptor::of(oci::MANIFEST, &manifest.bytes);
    let layers = [(S::MEDIA_TYPE, bytes), (MINISIGN, signature)];
    attach(source, name, subject, S::MEDIA_TYPE, key, &layers)
}

fn signature(key: &SigningKey, bytes: &[u8], comment: &str) -> Result<Vec<u8>, Error> {
    match key.sign(bytes, comment)? {
        Proof::Minisign { text, .. } => Ok(text.into_bytes()),
        Proof::Sigstore { bundle } => Ok(bundle.into_bytes()),
    }
}

fn attach(
    source: &dyn Source,
    name: &Name,
    subject: Descriptor,
    kind: &str,
    key: &SigningKey,
    layers: &[(&str, Vec<u8>)],
) -> Result<Digest, Error> {
    let public = key.public().to_owned();
    let annotations = BTreeMap::from([(KEY_ANNOTATION.to_owned(), public)]);
    send(source, name, subject, kind, annotations, layers)
}

fn send(
    source: &dyn Source,
    name: &Name,
    subject: Descriptor,
    kind: &str,
    annotations: BTreeMap<String, String>,
    layers: &[(&str, Vec<u8>)],
) -> Result<Digest, Error> {
    let manifest = ImageManifest {
        schema_version: 2,
        media_type: Some(oci::MANIFEST.into()),
        artifact_type: Some(kind.to_owned()),
        config: Descriptor::of(oci::EMPTY, b"{}"),
        layers: layers
            .iter()
            .map(|(media_type, bytes)| Descriptor::of(media_type, bytes))
            .collect(),
        subject: Some(subject),
        annotations,
    };
    let mut blobs: Vec<&[u8]> = vec![b"{}"];
    blobs.extend(layers.iter().map(|(_, bytes)| bytes.as_slice()));
    source.attach(name, &manifest, &blobs)
}
