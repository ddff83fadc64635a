use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use cm_types::Digest;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Capabilities, Error, Grants, Home, Kind, Provenance, Whence, disk, names};

/// One installed version of a package, as registry.json and the copy itself
/// keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) version: Version,
    /// Where it came from; see [`Whence`].
    pub(crate) source: String,
    /// The absolute path of the copy, for other readers. This program takes only
    /// its last part, so that a home can be moved.
    pub(crate) path: String,
    pub(crate) installed_at: String,
    /// For other readers.
    #[serde(default)]
    pub(crate) resolved_paths: BTreeMap<String, Value>,
    pub(crate) digest: Digest,
    #[serde(default)]
    pub(crate) kinds: Vec<Kind>,
    #[serde(default)]
    pub(crate) components: Vec<ComponentRecord>,
    #[serde(default)]
    pub(crate) capabilities: Capabilities,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    /// What it needs, for those who ask why something is here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) dependencies: BTreeMap<String, VersionReq>,
    /// The digest under which it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) manifest: Option<Digest>,
    /// Which versions were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) requirement: Option<String>,
    /// Whether nobody asked for it but another package.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) dependency: bool,
    /// Who has signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signer: Option<String>,
    /// What the person gave it. Before this was written down, installing meant all.
    #[serde(default)]
    pub(crate) grants: Grants,
    /// What this program does not know; kept.
    #[serde(flatten)]
    pub(crate) extra: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ComponentRecord {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) digest: Digest,
    #[serde(flatten)]
    pub(crate) extra: Map<String, Value>,
}

impl Record {
    /// The copy's own record, in its directory. Hidden: not part of the package.
    pub(crate) const FILE: &str = ".cm-installed.json";

    /// Writes it into the copy it is about, durably.
    pub(crate) fn keep(&self, copy: &Path) -> Result<(), Error> {
        let file = copy.join(Self::FILE);
        match serde_json::to_vec_pretty(self) {
            Ok(bytes) => disk::replace(&file, &bytes),
            Err(error) => Err(Error::io("write", file, error.into())),
        }
    }

    pub(crate) fn provenance(&self) -> Provenance {
        Provenance {
            whence: Whence::of(&self.source, &self.name),
            manifest: self.manifest,
            requirement: self.requirement.clone(),
            dependency: self.dependency,
            signer: self.signer.clone(),
        }
    }

    pub(crate) fn arrive(&mut self, from: &Provenance) {
        self.source = from.whence.to_string();
        self.manifest = from.manifest;
        self.requirement.clone_from(&from.requirement);
        self.dependency = from.dependency;
        self.signer.clone_from(&from.signer);
    }

    pub(crate) fn component(&self, kind: Kind, name: &str) -> Option<&ComponentRecord> {
        self.components
            .iter()
            .find(|entry| entry.kind == kind && entry.name == name)
    }

    /// `[NAMESPACE/]NAME/DIRECTORY` below imports/; none when what is written there could
    /// lead elsewhere.
    pub(crate) fn place(&self) -> Option<String> {
        let directory = Path::new(&self.path).file_name()?.to_str()?;
        let place = format!("{}/{directory}", self.name);
        (safe_place(&place) && belongs(directory, &self.version)).then_some(place)
    }

    pub(crate) fn directory(&self, home: &Home) -> Option<PathBuf> {
        self.place().map(|place| home.imports().join(place))
    }
}

/// A copy's directory is named for its version; one that replaces another of the
/// same version has `+` and its digest behind that, so that the two never share
/// a place.
fn belongs(directory: &str, version: &Version) -> bool {
    directory.split('+').next() == Some(version.to_string().as_str())
}

/// Whether this is `NAME/VERSION` or `NAME/VERSION+…`, after a namespace or without
/// one, and nothing that leads
/// elsewhere.
pub(crate) fn safe_place(place: &str) -> bool {
    // No part of a name is a version, so none can be taken for the other.
    place
        .rsplit_once('/')
        .is_some_and(|(name, directory)| names::package(name) && Version::parse(directory).is_ok())
}
