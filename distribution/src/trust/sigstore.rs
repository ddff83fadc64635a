//! Sigstore bundles, verified with the roots that are part of the program.

use std::sync::OnceLock;

use sigstore_trust_root::{SigstoreInstance, TrustedRoot};
use sigstore_verify::{
    SubjectAltName, VerificationPolicy, Verifier,
    types::{Bundle, MediaType},
};

use super::{MAX_BUNDLE_BYTES, Proven, Provenance, Signer};

/// Verifies a bundle about these bytes: certificate, transparency log and
/// timestamps. Whether the signer is the right one is for others to say.
pub(super) fn verify(message: &[u8], bundle: &str) -> Result<Proven, String> {
    static VERIFIER: OnceLock<Result<Verifier, String>> = OnceLock::new();
    if bundle.len() as u64 > MAX_BUNDLE_BYTES {
        return Err("it is too large".into());
    }
    let verifier = VERIFIER.get_or_init(|| {
        let root = TrustedRoot::from_embedded(SigstoreInstance::PublicGood);
        let root = root.map_err(|error| error.to_string())?;
        Verifier::new(&root).map_err(|error| error.to_string())
    });
    let verifier = verifier.as_ref().map_err(Clone::clone)?;
    let bundle = Bundle::from_json(bundle).map_err(|error| error.to_string())?;
    if bundle.media_type != MediaType::Bundle0_3 {
        return Err(format!("its form is `{}`", bundle.media_type.as_str()));
    }
    let policy = VerificationPolicy::any_identity();
    let result = verifier
        .verify(message, &bundle, &policy)
        .map_err(|error| error.to_string())?;
    if !(result.certificate_verified() && result.sct_verified() && result.tlog_verified()) {
        return Err("it does not prove enough".into());
    }
    let subject = match result.identity() {
        // The kinds are told apart by their form: an address of one kind never
        // reads as one of the other.
        Some(SubjectAltName::Email(it)) if it.contains('@') && !it.contains("://") => it,
        Some(SubjectAltName::Uri(it)) if it.contains("://") => it,
        _ => return Err("its certificate does not say who has signed".into()),
    };
    let Some(issuer) = result.issuer() else {
        return Err("its certificate does not say who vouches for the signer".into());
    };
    let signer = Signer::identity(issuer, subject).map_err(|error| error.to_string())?;
    let provenance = result.certificate().and_then(|certificate| {
        let claims = &certificate.ci_claims;
        let provenance = Provenance {
            repository: claims.source_repository_uri.clone(),
            revision: claims.source_repository_digest.clone(),
            workflow: claims.build_signer_uri.clone(),
        };
        (provenance != Provenance::default()).then_some(provenance)
    });
    Ok(Proven {
        signer,
        // Of several proven times the last: younger is safer.
        at: result.verified_timestamps().iter().max().copied(),
        provenance,
    })
}
