use std::sync::{Arc, PoisonError};

use cm_types::Digest;
use semver::Version;

use super::{Evidence, Findings, Guard, MAX_REFERRERS, Refusal, refusal::Why};
use crate::{Error, Name, Which, oci};

impl Guard<'_> {
    /// What there is about a manifest, verified. Asked for once, and kept.
    pub fn look(
        &self,
        name: &Name,
        version: &Version,
        digest: Digest,
    ) -> Result<Arc<Findings>, Error> {
        let known = || self.known.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&digest) {
            return Ok(Arc::clone(known));
        }
        let evidence = self.evidence(name, version, digest)?;
        let kept = match self.store {
            Some(store) => store.document(digest, oci::MAX_DOCUMENT_BYTES)?,
            None => None,
        };
        let manifest = match kept {
            Some(manifest) => manifest,
            None => self.source.manifest(name, Which::Digest(digest))?,
        };
        let findings = Arc::new(evidence.check(&manifest.bytes));
        known().insert(digest, Arc::clone(&findings));
        Ok(findings)
    }

    fn evidence(&self, name: &Name, version: &Version, digest: Digest) -> Result<Evidence, Error> {
        let refused = |why: Why| {
            Box::new(Refusal {
                name: name.clone(),
                version: version.clone(),
                digest,
                why,
            })
        };
        let kept = self.trust.evidence(digest)?;
        if self.offline {
            return kept.ok_or_else(|| refused(Why::NeverSeen).into());
        }
        let limit = MAX_REFERRERS;
        let too_many = || refused(Why::TooMany { limit }).into();
        match Evidence::gather(self.source, name, digest) {
            Ok(None) => Err(too_many()),
            Ok(Some(mut evidence)) => {
                let before = kept.clone();
                if let Some(kept) = kept {
                    evidence.join(kept);
                }
                if evidence.items.len() > MAX_REFERRERS {
                    return Err(too_many());
                }
                if before.as_ref() != Some(&evidence) {
                    evidence.write(&self.trust.evidence_file(digest))?;
                }
                Ok(evidence)
            }
            // What was once verified is so still.
            Err(error) if error.is_passing() => kept.ok_or(error),
            Err(error) => Err(error),
        }
    }
}
