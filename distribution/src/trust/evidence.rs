use std::{collections::BTreeMap, path::Path};

use cm_types::Digest;
use serde::{Deserialize, Serialize};

use super::{
    ADVISORY, MAX_BUNDLE_BYTES, MAX_STATEMENT_BYTES, MINISIGN, Proof, SIGSTORE, TrustError, YANK,
    statement::KEY_ANNOTATION,
};
use crate::{
    Error, Name, Source, canonical, disk,
    oci::{Descriptor, ImageManifest},
};

/// So many artifacts about one manifest are read. If there are more, nothing is
/// believed: a yank could be hidden among them.
pub const MAX_REFERRERS: usize = 256;
/// One artifact has so many layers of interest at most.
const MAX_LAYERS: usize = 8;
/// A file of evidence larger than this is none.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// What others say about a manifest, as it was found. Kept, so that it can be
/// verified again without any network, and so that a registry cannot take back
/// what it once showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Evidence {
    schema_version: u32,
    /// By the digest of the artifact it came in.
    pub(super) items: BTreeMap<Digest, Item>,
}

/// One artifact about a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Item {
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) statement: Option<String>,
    pub(super) proofs: Vec<Proof>,
    /// Why it was not read whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) faults: Vec<String>,
}

impl Evidence {
    /// Asks a registry. What it has of other kinds is left alone; what is too large
    /// is noted. None if there is too much.
    pub fn gather(
        source: &dyn Source,
        name: &Name,
        subject: Digest,
    ) -> Result<Option<Self>, Error> {
        let mut found = Self::none();
        for referrer in source.referrers(name, subject)? {
            let manifest = &referrer.manifest;
            // The manifest's own word, not an index's. Believed as little: it only
            // says how to read the rest.
            if ![MINISIGN, SIGSTORE, YANK, ADVISORY].contains(&manifest.kind()) {
                continue;
            }
            let item = Item::gather(source, name, manifest)?;
            found.items.insert(referrer.document.digest, item);
            if found.items.len() > MAX_REFERRERS {
                return Ok(None);
            }
        }
        Ok(Some(found))
    }

    /// Nothing at all.
    pub fn none() -> Self {
        Self {
            schema_version: 1,
            items: BTreeMap::new(),
        }
    }

    /// With what was found before.
    pub(super) fn join(&mut self, other: Self) {
        for (digest, item) in other.items {
            let known = self.items.entry(digest).or_insert_with(|| item.clone());
            // What was whole once stays so, whatever is served for it now.
            if item.faults.len() < known.faults.len() {
                *known = item;
            }
        }
    }

    /// What was kept; none if nothing was.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Error> {
        let Some(bytes) = disk::read(path, MAX_FILE_BYTES)? else {
            return Ok(None);
        };
        let wrong = |why: String| TrustError::File {
            path: path.to_owned(),
            why,
        };
        let read: Self =
            serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if read.schema_version != 1 {
            let why = format!("it has version {}; this cm knows 1", read.schema_version);
            return Err(wrong(why).into());
        }
        Ok(Some(read))
    }

    /// Keeps it.
    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let bytes =
            canonical::to_vec(self).map_err(|error| Error::io("write", path, error.into()))?;
        if let Some(directory) = path.parent() {
            disk::create_directories(directory)?;
        }
        disk::replace(path, &bytes)
    }
}

impl Item {
    fn gather(source: &dyn Source, name: &Name, manifest: &ImageManifest) -> Result<Self, Error> {
        let kind = manifest.kind().to_owned();
        let key = manifest.annotations.get(KEY_ANNOTATION);
        let mut item = Self {
            statement: None,
            proofs: Vec::new(),
            faults: Vec::new(),
            kind,
        };
        let interesting = |layer: &&Descriptor| {
            [MINISIGN, SIGSTORE, item.kind.as_str()].contains(&layer.media_type.as_str())
        };
        let layers: Vec<_> = manifest.layers.iter().filter(interesting).collect();
        if layers.len() > MAX_LAYERS {
            item.faults
                .push(format!("it has more than {MAX_LAYERS} layers"));
            return Ok(item);
        }
        for layer in layers {
            let limit = match layer.media_type.as_str() {
                SIGSTORE => MAX_BUNDLE_BYTES,
                _ => MAX_STATEMENT_BYTES,
            };
            if layer.size > limit {
                item.faults.push(format!(
                    "its layer {} has {} bytes; at most {limit} are read",
                    layer.digest.short(),
                    layer.size
                ));
                continue;
            }
            let bytes = match source.small_blob(name, layer, limit) {
                Ok(bytes) => bytes,
                // Nobody there is no answer; a wrong one is one.
                Err(error @ (Error::Mismatch { .. } | Error::Missing { .. })) => {
                    item.faults.push(error.to_string());
                    continue;
                }
                Err(error) => return Err(error),
            };
            let Ok(text) = String::from_utf8(bytes) else {
                item.faults
                    .push(format!("its layer {} is no text", layer.digest.short()));
                continue;
            };
            match layer.media_type.as_str() {
                MINISIGN => match key {
                    Some(key) if key.len() < 128 => item.proofs.push(Proof::Minisign {
                        key: key.clone(),
                        text,
                    }),
                    _ => item.faults.push("it does not name a key".into()),
                },
                SIGSTORE => item.proofs.push(Proof::Sigstore { bundle: text }),
                _ => item.statement = Some(text),
            }
        }
        Ok(item)
    }
}
