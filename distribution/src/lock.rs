//! `cm.lock`: exactly which versions a project uses, and what they consist of.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use cm_types::Digest;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{Error, Name, disk};

#[cfg(test)]
mod tests;

/// The only form there is so far.
const FORM: u32 = 1;
/// A `cm.lock` larger than this is none.
const MAX_BYTES: u64 = 16 << 20;
const HEAD: &str = "# Written by cm, to be kept under version control. Not meant to be edited.\n";

/// The contents of a `cm.lock`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Each package that is used.
    pub packages: BTreeMap<Name, Locked>,
}

/// A package in a `cm.lock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// In this version.
    pub version: Version,
    /// Where it is published: a registry's URL, or a path.
    pub source: String,
    /// Its manifest.
    pub manifest: Digest,
    /// Its config and layers.
    pub layers: BTreeSet<Digest>,
    /// The packages it needs.
    pub dependencies: BTreeSet<Name>,
    /// Who has signed it, as far as that was looked at.
    pub signer: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    #[serde(default, rename = "package", skip_serializing_if = "Vec::is_empty")]
    packages: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Name,
    version: Version,
    source: String,
    manifest: Digest,
    layers: BTreeSet<Digest>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    dependencies: BTreeSet<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signer: Option<String>,
}

impl Lock {
    /// The name of its file.
    pub const FILE: &str = "cm.lock";

    /// Reads a file; none when it is not there.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        let Some(bytes) = disk::read(path, MAX_BYTES)? else {
            return Ok(None);
        };
        Self::parse(path, &String::from_utf8_lossy(&bytes)).map(Some)
    }

    /// Reads a text; `path` is how messages call it.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let wrong = |line: Option<usize>, why: String| Error::LockFile {
            path: path.to_owned(),
            line,
            why,
        };
        if text.contains("<<<<<<<") || text.contains(">>>>>>>") {
            let line = text.lines().position(|line| line.starts_with("<<<<<<<"));
            let why = "two versions of it were merged and not joined".to_owned();
            return Err(wrong(line.map(|line| line + 1), why));
        }
        // First, as a newer form may well have other keys.
        let form = toml::from_str::<toml::Table>(text).ok();
        let form = form.as_ref().and_then(|table| table.get("version"));
        if let Some(form) = form.and_then(toml::Value::as_integer)
            && form != i64::from(FORM)
        {
            let why = format!("it has version {form}; this cm knows {FORM}: use a newer one");
            return Err(wrong(None, why));
        }
        let written: Written = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            wrong(line, error.message().trim_end().replace('\n', "; "))
        })?;
        let mut lock = Self::default();
        for entry in written.packages {
            let locked = Locked {
                version: entry.version,
                source: entry.source,
                manifest: entry.manifest,
                layers: entry.layers,
                dependencies: entry.dependencies,
                signer: entry.signer,
            };
            if lock.packages.insert(entry.name.clone(), locked).is_some() {
                return Err(wrong(None, format!("`{}` occurs twice", entry.name)));
            }
        }
        for (name, locked) in &lock.packages {
            let known = |it: &&Name| !lock.packages.contains_key(*it);
            if let Some(missing) = locked.dependencies.iter().find(known) {
                let why = format!("`{name}` needs `{missing}`, which is not in it");
                return Err(wrong(None, why));
            }
        }
        Ok(lock)
    }

    /// The text of the file: the same for the same contents.
    pub fn text(&self) -> Result<String, Error> {
        let packages = self.packages.iter().map(|(name, locked)| Entry {
            name: name.clone(),
            version: locked.version.clone(),
            source: locked.source.clone(),
            manifest: locked.manifest,
            layers: locked.layers.clone(),
            dependencies: locked.dependencies.clone(),
            signer: locked.signer.clone(),
        });
        let written = Written {
            version: FORM,
            packages: packages.collect(),
        };
        let body = toml::to_string_pretty(&written).map_err(|error| Error::LockFile {
            path: Self::FILE.into(),
            line: None,
            why: error.to_string(),
        })?;
        Ok(format!("{HEAD}{body}"))
    }

    /// Writes the file in one move; leaves one that says the same alone.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let text = self.text()?;
        match disk::read(path, MAX_BYTES) {
            Ok(Some(bytes)) if bytes == text.as_bytes() => Ok(()),
            _ => disk::replace(path, text.as_bytes()),
        }
    }

    /// The versions in use, for [`crate::Request::locked`].
    pub fn versions(&self) -> BTreeMap<Name, Version> {
        let packages = self.packages.iter();
        packages
            .map(|(name, it)| (name.clone(), it.version.clone()))
            .collect()
    }
}
