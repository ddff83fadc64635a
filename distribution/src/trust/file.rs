use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use cm_types::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Signer, TrustError};
use crate::Name;

/// The contents of `trust.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustFile {
    /// Always 1.
    pub schema_version: u32,
    /// What holds for all packages of a namespace.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub namespaces: BTreeMap<String, NamespaceTrust>,
    /// What holds for a package; comes before its namespace.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub packages: BTreeMap<Name, Pin>,
    /// When manifests and statements were first seen on this machine.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seen: BTreeMap<Digest, Timestamp>,
    /// When the lowest versions of packages were last seen not to be yanked, to the day.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clean: BTreeMap<Digest, Timestamp>,
}

/// Who publishes in a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamespaceTrust {
    /// Whoever it is, it is one of them. Anybody, if there is none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub signers: BTreeSet<Signer>,
    /// Whether it is the person's own, so that new versions are used at once.
    #[serde(default)]
    pub own: bool,
}

/// Who publishes a package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pin {
    /// Whoever it is, it is one of them. If there is none it was not signed so far.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub signers: BTreeSet<Signer>,
    /// Manifests that the person has accepted, whatever the rules say.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accepted: BTreeSet<Digest>,
    /// When it was first used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

impl Default for TrustFile {
    fn default() -> Self {
        Self {
            schema_version: 1,
            namespaces: BTreeMap::new(),
            packages: BTreeMap::new(),
            seen: BTreeMap::new(),
            clean: BTreeMap::new(),
        }
    }
}

impl TrustFile {
    /// Whom to trust with a package, and whether that is its namespace's rule.
    /// Nobody yet, if there is none.
    pub fn trusted(&self, name: &Name) -> (BTreeSet<Signer>, bool) {
        let pin = self.packages.get(name).filter(|it| !it.signers.is_empty());
        if let Some(pin) = pin {
            return (pin.signers.clone(), false);
        }
        let namespace = name.namespace().and_then(|it| self.namespaces.get(it));
        (
            namespace.map(|it| it.signers.clone()).unwrap_or_default(),
            true,
        )
    }

    /// Whether the person has accepted exactly this manifest.
    pub fn accepts(&self, name: &Name, digest: Digest) -> bool {
        let pin = self.packages.get(name);
        pin.is_some_and(|it| it.accepted.contains(&digest))
    }

    /// Whether the person calls the namespace their own.
    pub fn is_own(&self, name: &Name) -> bool {
        let namespace = name.namespace().and_then(|it| self.namespaces.get(it));
        namespace.is_some_and(|it| it.own)
    }
}

/// Reads one; `path` is how messages call it.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<TrustFile, TrustError> {
    let wrong = |why: String| TrustError::File {
        path: path.to_owned(),
        why,
    };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    // First, as a newer form may well have other keys.
    if let Some(form) = value.get("schemaVersion").and_then(Value::as_u64)
        && form != 1
    {
        return Err(wrong(format!(
            "it has schema version {form}; this cm knows 1: use a newer one"
        )));
    }
    // From the bytes: a value has lost keys that occur twice.
    serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))
}
