//! Signatures, yanks and advisories: by the endpoint made for them, or, where a
//! registry has none, by a tag.

use cm_types::Digest;
use ureq::http::StatusCode;

use super::Remote;
use crate::{
    Error, Name, Referrer, RegistryError, canonical,
    oci::{self, Descriptor, ImageIndex, ImageManifest},
    source,
};

/// Nothing has more of them.
const MAX_REFERRERS: usize = 256;
/// How often another writer may come in between.
const ATTEMPTS: usize = 5;

impl Remote {
    pub(super) fn find_referrers(
        &self,
        name: &Name,
        subject: Digest,
    ) -> Result<Vec<Referrer>, Error> {
        let mut entries = self.native(name, subject)?.unwrap_or_default();
        // Read as well where the endpoint exists: clients from before it wrote here.
        entries.extend(self.tagged(name, subject)?.manifests);
        let mut digests: Vec<Digest> = Vec::new();
        for entry in entries {
            // The type that an index says an entry has is often wrong.
            if !digests.contains(&entry.digest) {
                digests.push(entry.digest);
            }
        }
        if digests.len() > MAX_REFERRERS {
            return Err(self.nonsense(format!(
                "it has {} artifacts about one; at most {MAX_REFERRERS} are read",
                digests.len()
            )));
        }
        let mut found = Vec::new();
        for digest in digests {
            let which = source::Which::Digest(digest);
            let what = format!("the manifest {digest} of {name}");
            // An entry may outlive what it points to.
            if let Some(document) = self.find(name, &digest.to_string())? {
                let document = source::verified(&self.name(), &what, document, which)?;
                found.extend(source::about(subject, document));
            }
        }
        Ok(found)
    }

    /// None when the registry has no such endpoint, or only says it has.
    fn native(&self, name: &Name, subject: Digest) -> Result<Option<Vec<Descriptor>>, Error> {
        let url = self.url(name, &format!("referrers/{subject}"));
        let action = format!("list what there is about {subject}");
        match self.pages::<ImageIndex>(url, &self.pull(name), &action) {
            Ok(Ok(pages)) => Ok(Some(
                pages.into_iter().flat_map(|it| it.manifests).collect(),
            )),
            Ok(Err(answer)) => match answer.status() {
                StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
                    Err(self.failed(answer, &action))
                }
                status if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => {
                    Err(self.failed(answer, &action))
                }
                _ => Ok(None),
            },
            // Some answer 200 with a web page.
            Err(Error::Registry(RegistryError::Protocol { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn tagged(&self, name: &Name, subject: Digest) -> Result<ImageIndex, Error> {
        let tag = fallback_tag(subject);
        let Some(document) = self.find(name, &tag)? else {
            return Ok(ImageIndex::default());
        };
        serde_json::from_slice(&document.bytes)
            .map_err(|error| self.nonsense(format!("what is tagged {tag} cannot be read: {error}")))
    }

    pub(super) fn push_referrer(
        &self,
        name: &Name,
        referrer: &ImageManifest,
        blobs: &[&[u8]],
    ) -> Result<Digest, Error> {
        let subject = source::attachable(referrer, blobs)?;
        let bytes =
            canonical::to_vec(referrer).map_err(|error| self.nonsense(error.to_string()))?;
        let mut entry = Descriptor::of(oci::MANIFEST, &bytes);
        entry.artifact_type = Some(referrer.kind().to_owned());
        entry.annotations.clone_from(&referrer.annotations);
        let digest = entry.digest;
        self.push_blobs(name, blobs.iter().map(|bytes| (Digest::of(bytes), *bytes)))?;
        let answer = self.push_manifest(name, &digest.to_string(), oci::MANIFEST, &bytes)?;
        if answer.headers().contains_key("oci-subject") {
            return Ok(digest);
        }
        drop(answer);
        for _ in 0..ATTEMPTS {
            let mut index = self.tagged(name, subject)?;
            if index.manifests.iter().any(|known| known.digest == digest) {
                return Ok(digest);
            }
            index.manifests.push(entry.clone());
            let bytes =
                canonical::to_vec(&index).map_err(|error| self.nonsense(error.to_string()))?;
            self.push_manifest(name, &fallback_tag(subject), oci::INDEX, &bytes)?;
            // Read again in the next round: a tag has no lock, and the last writer wins.
        }
        Err(Error::Missing {
            source_name: self.name(),
            what: format!("{digest}, which it has just taken"),
        })
    }
}

/// The tag that stands in for the endpoint.
fn fallback_tag(subject: Digest) -> String {
    format!("sha256-{}", subject.hex())
}
