use std::collections::BTreeMap;

use cm_distribution::oci::{self, Descriptor, ImageIndex, ImageManifest};
use cm_types::Digest;
use serde::Deserialize;

/// Annotations that are longer together are left out of lists.
const MAX_LISTED: usize = 8 << 10;
/// Nothing of ours points to more.
const MAX_BLOBS: usize = 1024;

/// What a manifest says.
#[derive(Debug)]
pub(crate) struct Known {
    /// The artifact's type; older ones say it with their config.
    pub(crate) kind: String,
    /// What it is about.
    pub(crate) subject: Option<Digest>,
    /// Its config and layers, each once.
    pub(crate) blobs: Vec<Descriptor>,
    /// Of an index: what it lists.
    pub(crate) manifests: Vec<Digest>,
    /// As far as a list shows them.
    pub(crate) annotations: BTreeMap<String, String>,
}

/// What tells a manifest from an index.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    schema_version: u32,
    media_type: Option<String>,
    #[serde(default)]
    manifests: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    artifact_type: Option<String>,
    #[serde(default)]
    subject: Option<Descriptor>,
}

impl Known {
    /// Reads a manifest or an index; else why it is none.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let wrong = |error: serde_json::Error| format!("it cannot be read: {error}");
        let kind: Kind = serde_json::from_slice(bytes).map_err(wrong)?;
        if kind.schema_version != 2 {
            return Err("its schemaVersion is not 2".into());
        }
        let index = match kind.media_type.as_deref() {
            Some(oci::MANIFEST) => false,
            Some(oci::INDEX) => true,
            None => kind.manifests.is_some(),
            Some(_) => return Err("it is neither an OCI manifest nor an OCI index".into()),
        };
        let mut known = Self {
            kind: kind.artifact_type.unwrap_or_default(),
            subject: kind.subject.map(|subject| subject.digest),
            blobs: Vec::new(),
            manifests: Vec::new(),
            annotations: BTreeMap::new(),
        };
        if index {
            let read: ImageIndex = serde_json::from_slice(bytes).map_err(wrong)?;
            known.manifests = read.manifests.iter().map(|entry| entry.digest).collect();
            known.annotations = read.annotations;
        } else {
            let read: ImageManifest = serde_json::from_slice(bytes).map_err(wrong)?;
            known.kind = read.kind().to_owned();
            known.blobs = read.blobs().into_iter().cloned().collect();
            known.annotations = read.annotations;
        }
        if known.blobs.len() > MAX_BLOBS || known.manifests.len() > MAX_BLOBS {
            return Err(format!("it points to more than {MAX_BLOBS} others"));
        }
        let each = known.annotations.iter();
        if each
            .map(|(key, value)| key.len() + value.len())
            .sum::<usize>()
            > MAX_LISTED
        {
            known.annotations.clear();
        }
        Ok(known)
    }

    /// What it is by its form.
    pub(crate) fn media_type(&self) -> &'static str {
        if self.blobs.is_empty() {
            oci::INDEX
        } else {
            oci::MANIFEST
        }
    }
}
