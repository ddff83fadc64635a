use std::collections::BTreeSet;

use cm_types::Digest;
use semver::Version;

use super::{Findings, Proven, Refusal, Signer, TrustFile, refusal::Why};
use crate::Name;

/// The signature that counts; none if the version is not signed and need not be.
pub(super) fn standing(
    name: &Name,
    version: &Version,
    digest: Digest,
    findings: &Findings,
    file: &TrustFile,
) -> Result<Option<Proven>, Box<Refusal>> {
    let refused = |why: Why| {
        Box::new(Refusal {
            name: name.clone(),
            version: version.clone(),
            digest,
            why,
        })
    };
    let got = findings.signers();
    let (wanted, namespace) = file.trusted(name);
    if let Some(signature) = findings.signature_by(&wanted) {
        return Ok(Some(signature.clone()));
    }
    if wanted.is_empty() {
        return match got.len() {
            0 | 1 => Ok(findings.signature_by(&got).cloned()),
            _ => Err(refused(Why::SeveralSigners { got })),
        };
    }
    Err(refused(unsigned_or_other(wanted, got, namespace, findings)))
}

fn unsigned_or_other(
    wanted: BTreeSet<Signer>,
    got: BTreeSet<Signer>,
    namespace: bool,
    findings: &Findings,
) -> Why {
    if got.is_empty() {
        Why::Unsigned {
            wanted,
            namespace,
            faults: findings.faults.clone(),
        }
    } else {
        Why::OtherSigner {
            wanted,
            got,
            namespace,
        }
    }
}
