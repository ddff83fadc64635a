use std::collections::{BTreeMap, BTreeSet};

use cm_registry::{Kind, MAX_FILE_BYTES, MAX_FILES, MAX_PACKAGE_BYTES, Manifest};
use cm_types::Digest;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::place::Place;
use crate::{Error, canonical};

/// A config larger than this is none.
pub const MAX_CONFIG_BYTES: u64 = 4 << 20;

/// All that is to know of a package without its contents: one small request
/// answers what it needs, what it asks for and what it will put on the disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Always 1.
    pub schema_version: u32,
    /// Its `cm.toml`.
    pub manifest: Manifest,
    /// What its components' files import and export, by path.
    pub components: BTreeMap<String, Interfaces>,
    /// Its files, sorted by path. There are no others.
    pub files: Vec<FileEntry>,
    /// The digest of the package: of the files' paths and contents.
    pub digest: Digest,
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// With `/`, relative to the package's directory.
    pub path: String,
    /// Of its content.
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
}

/// What a component imports and exports: each interface with its functions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interfaces {
    /// What it is given.
    pub imports: BTreeMap<String, Vec<String>>,
    /// What it offers.
    pub exports: BTreeMap<String, Vec<String>>,
}

impl Config {
    /// Reads a config; `what` is how messages call the package. Refuses whatever
    /// is not exactly as this program would have written it, and every table of
    /// files that could write elsewhere than into the package's directory.
    pub fn read(what: &str, bytes: &[u8]) -> Result<Self, Error> {
        let refused = |why: String| Error::refused(what, why);
        if bytes.len() as u64 > MAX_CONFIG_BYTES {
            return Err(refused(format!(
                "its config has more than {} MiB",
                MAX_CONFIG_BYTES >> 20
            )));
        }
        let config: Self = serde_json::from_slice(bytes)
            .map_err(|error| refused(format!("its config cannot be read: {error}")))?;
        // Also rules out keys that occur twice, of which readers take this or that.
        if canonical::to_vec(&config).ok().as_deref() != Some(bytes) {
            return Err(refused("its config is not in canonical form".into()));
        }
        if config.schema_version != 1 {
            return Err(refused(format!(
                "its config has schema version {}; this cm knows 1",
                config.schema_version
            )));
        }
        config.check().map_err(refused)?;
        config.check_cm(what)?;
        Ok(config)
    }

    /// Says which rule the table of files breaks.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.files.len() > MAX_FILES {
            return Err(format!("it has more than {MAX_FILES} files"));
        }
        let mut total = 0u64;
        for file in &self.files {
            if let Some(why) = cm_registry::path_objection(&file.path) {
                return Err(format!("the file `{}`: {why}", file.path.escape_debug()));
            }
            if file.size > MAX_FILE_BYTES {
                return Err(format!(
                    "the file `{}` has more than {} MiB",
                    file.path,
                    MAX_FILE_BYTES >> 20
                ));
            }
            total += file.size;
        }
        if total > MAX_PACKAGE_BYTES {
            return Err(format!(
                "its files have more than {} MiB together",
                MAX_PACKAGE_BYTES >> 20
            ));
        }
        for pair in self.files.windows(2) {
            if let [a, b] = pair
                && a.path >= b.path
            {
                return Err(format!(
                    "the files `{}` and `{}` are out of order",
                    a.path, b.path
                ));
            }
        }
        twins(self.files.iter().map(|file| file.path.as_str()))?;
        let file = |path: &str| self.file(path).is_some();
        if !file(Manifest::FILE) {
            return Err("it has no cm.toml".into());
        }
        let components: BTreeSet<&str> = self.component_paths().collect();
        if let Some(path) = components.iter().find(|path| !file(path)) {
            return Err(format!(
                "its manifest names `{path}`, which it does not hold"
            ));
        }
        let listed: BTreeSet<&str> = self.components.keys().map(String::as_str).collect();
        if components != listed {
            return Err("its manifest and its config name different components".into());
        }
        let digest = cm_registry::package_digest(
            self.files
                .iter()
                .map(|file| (file.path.as_str(), file.digest)),
        );
        if digest != self.digest {
            return Err(format!(
                "its files have the digest {digest} and its config says {}",
                self.digest
            ));
        }
        Ok(())
    }

    fn check_cm(&self, what: &str) -> Result<(), Error> {
        let Some(wanted) = &self.manifest.package.cm else {
            return Ok(());
        };
        let text = env!("CARGO_PKG_VERSION");
        let Ok(mut have) = semver::Version::parse(text) else {
            return Ok(());
        };
        // A pre-release of 0.2 counts as 0.2.
        have.pre = semver::Prerelease::EMPTY;
        if wanted.matches(&have) {
            return Ok(());
        }
        Err(Error::OtherCm {
            what: what.to_owned(),
            wanted: wanted.to_string(),
            have: text.to_owned(),
        })
    }

    /// Its name and version, for people.
    pub fn title(&self) -> String {
        let package = &self.manifest.package;
        format!("{} {}", package.name, package.version)
    }

    /// The file with this path.
    pub fn file(&self, path: &str) -> Option<&FileEntry> {
        let found = self
            .files
            .binary_search_by(|file| file.path.as_str().cmp(path));
        found.ok().and_then(|index| self.files.get(index))
    }

    /// All its files together, in bytes.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    pub(super) fn component_paths(&self) -> impl Iterator<Item = &str> {
        self.manifest
            .components
            .iter()
            .map(|entry| entry.path.as_str())
    }

    /// The files in a place, in the order of their paths.
    pub(super) fn files_in(&self, place: Place) -> impl Iterator<Item = &FileEntry> {
        self.files
            .iter()
            .filter(move |file| Place::of(file, &self.manifest) == place)
    }

    /// What each component is, by its file: one file may be several.
    pub(super) fn kinds(&self, path: &str) -> impl Iterator<Item = Kind> {
        self.manifest
            .components
            .iter()
            .filter(move |entry| entry.path == path)
            .map(|entry| entry.kind)
    }
}

/// Refuses names that are one file on some disks and two on others: those that
/// differ in case or in the way their letters are composed, and a file that is
/// also a folder.
fn twins<'a>(paths: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let fold = |text: &str| -> String {
        let composed: String = text.nfkc().collect();
        composed.to_lowercase().nfkc().collect()
    };
    // What each folded name of a file or folder was before, and whether it is a file.
    let mut seen: BTreeMap<String, (&str, bool)> = BTreeMap::new();
    for path in paths {
        let folders = path.match_indices('/').map(|(at, _)| (&path[..at], false));
        for (name, file) in folders.chain([(path, true)]) {
            match seen.insert(fold(name), (name, file)) {
                Some(known) if known != (name, file) || file => {
                    return Err(format!(
                        "`{name}` and `{}` are the same name on some disks",
                        known.0
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(())
}
