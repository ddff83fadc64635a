//! `registries.toml`: which registries there are, and which names belong to which.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use jiff::SignedDuration;
use serde::Deserialize;

use crate::{Error, Layout, Name, Remote, Source, Sources};

mod file;
#[cfg(test)]
mod tests;

/// The registries of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registries {
    file: PathBuf,
    /// Where relative paths begin.
    root: PathBuf,
    default: String,
    all: BTreeMap<String, RegistryEntry>,
}

/// One registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RegistryEntry {
    /// `https://HOST[/PREFIX]`, `oci://HOST[/PREFIX]`, or the path of a directory, in
    /// the home unless it is absolute.
    pub url: String,
    /// The namespaces whose packages are published there.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// For how many days a new version waits before it is taken, unless it is the
    /// person's own; none for what is the rule everywhere.
    #[serde(default)]
    pub cooldown_days: Option<u32>,
}

impl RegistryEntry {
    /// The one that is always there.
    fn local() -> Self {
        Self {
            url: "registry".to_owned(),
            namespaces: Vec::new(),
            cooldown_days: None,
        }
    }

    /// What somebody means by the address of a registry, as the file has it: a URL, or a
    /// directory by its full path.
    pub fn address(text: &str) -> Result<String, Error> {
        let path = Path::new(text);
        let first = text.split(['/', '\\']).next().unwrap_or_default();
        let host = first == "localhost" || first.contains([':', '.']);
        let named = path.is_absolute() || matches!(first, "." | "..");
        if text.contains("://") || (host && !named && !path.is_dir()) {
            return Ok(Remote::new(text)?.full_address());
        }
        if named || path.is_dir() {
            let full = std::path::absolute(path);
            let full = full.map_err(|error| Error::io("find", path, error))?;
            return Ok(full.display().to_string());
        }
        Err(Error::BadUrl {
            url: text.to_owned(),
            why: "it is neither a URL nor the path of a directory, like ./packages".to_owned(),
        })
    }
}

impl Registries {
    /// The name of its file.
    pub const FILE: &str = "registries.toml";
    /// The registry that is always there: a directory in the home.
    pub const LOCAL: &str = "local";

    fn check(&self) -> Result<(), String> {
        if !self.all.contains_key(&self.default) {
            return Err(format!(
                "its default, `{}`, is not one of its registries",
                self.default
            ));
        }
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, entry) in &self.all {
            for word in std::iter::once(name).chain(&entry.namespaces) {
                if !cm_registry::is_name(word) {
                    return Err(format!("`{word}` is not {}", cm_registry::NAME_RULE));
                }
            }
            for namespace in &entry.namespaces {
                if let Some(other) = owners.insert(namespace, name) {
                    return Err(format!(
                        "the namespace `{namespace}` belongs to `{other}` and to `{name}`"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Adds a registry, or changes it.
    pub fn add(&mut self, name: &str, entry: RegistryEntry) -> Result<(), Error> {
        let mut changed = self.clone();
        changed.all.insert(name.to_owned(), entry);
        changed.source(name)?;
        self.settle(changed)
    }

    /// Removes a registry. If it was the default one, that is the one that is always
    /// there from now on.
    pub fn remove(&mut self, name: &str) -> Result<(), Error> {
        self.named(name)?;
        let mut changed = self.clone();
        changed.all.remove(name);
        if name == Self::LOCAL {
            changed.all.insert(name.to_owned(), RegistryEntry::local());
        }
        if changed.default == name {
            changed.default = Self::LOCAL.to_owned();
        }
        self.settle(changed)
    }

    /// Makes a registry the one for all names whose namespace has none.
    pub fn set_default(&mut self, name: &str) -> Result<(), Error> {
        self.named(name)?;
        let mut changed = self.clone();
        changed.default = name.to_owned();
        self.settle(changed)
    }

    fn settle(&mut self, changed: Self) -> Result<(), Error> {
        changed.check().map_err(|why| Error::Config {
            path: self.file.clone(),
            line: None,
            why,
        })?;
        *self = changed;
        Ok(())
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &RegistryEntry)> {
        self.all.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The name of the default one.
    pub fn default_name(&self) -> &str {
        &self.default
    }

    /// The name of the registry that a package belongs to.
    pub fn registry_of(&self, name: &Name) -> &str {
        let owns = |entry: &RegistryEntry| {
            name.namespace()
                .is_some_and(|own| entry.namespaces.iter().any(|it| it == own))
        };
        let owner = self.all.iter().find(|(_, entry)| owns(entry));
        owner.map_or(&self.default, |(name, _)| name)
    }

    /// Whether a package belongs to a directory of this home, into which nobody else
    /// publishes.
    pub fn is_own(&self, name: &Name) -> bool {
        let entry = self.all.get(self.registry_of(name));
        let directory = entry.and_then(|entry| directory(&self.root, &entry.url));
        directory.is_some_and(|directory| {
            let inside = directory.strip_prefix(&self.root);
            inside.is_ok_and(|inside| {
                inside
                    .components()
                    .all(|it| matches!(it, Component::Normal(_)))
            })
        })
    }

    /// How long a new version of this package waits before it is taken: as its registry
    /// has it, or the one, by name or URL, that stands in for the default one.
    pub fn cooldown_of(&self, name: &Name, default: Option<&str>) -> Option<SignedDuration> {
        let owner = match (self.registry_of(name), default) {
            (owner, Some(other)) if owner == self.default => other,
            (owner, _) => owner,
        };
        let entry = self.all.get(owner).or_else(|| {
            let address = RegistryEntry::address(owner).ok()?;
            let mut all = self.all.values();
            all.find(|entry| entry.url == owner || entry.url == address)
        });
        let days = entry?.cooldown_days?;
        Some(SignedDuration::from_hours(24 * i64::from(days)))
    }

    /// One registry by its name, or by its URL or path.
    pub fn source(&self, name: &str) -> Result<Arc<dyn Source>, Error> {
        let url = self.address(name)?;
        Ok(match directory(&self.root, &url) {
            Some(directory) => Arc::new(Layout::at(directory)),
            None => Arc::new(Remote::new(&url)?),
        })
    }

    /// Where a registry is, by its name, or by its URL or path: a URL, or the full path
    /// of a directory.
    pub fn address(&self, name: &str) -> Result<String, Error> {
        match self.all.get(name) {
            Some(entry) => Ok(match directory(&self.root, &entry.url) {
                Some(directory) => directory.display().to_string(),
                None => entry.url.clone(),
            }),
            None if name.contains(['/', '\\', ':']) => RegistryEntry::address(name),
            None => self.named(name).map(|entry| entry.url.clone()),
        }
    }

    fn named(&self, name: &str) -> Result<&RegistryEntry, Error> {
        self.all.get(name).ok_or_else(|| Error::NoRegistry {
            name: name.to_owned(),
            known: self.all.keys().cloned().collect(),
        })
    }

    /// All of them as one, each with its namespaces. `default` stands in for the
    /// default one.
    pub fn sources(&self, default: Option<&str>) -> Result<Sources, Error> {
        let default = default.unwrap_or(&self.default);
        let mut sources = Sources::new(self.source(default)?);
        for (name, entry) in &self.all {
            for namespace in &entry.namespaces {
                sources = sources.with(namespace, self.source(name)?);
            }
        }
        Ok(sources)
    }
}

/// The directory that a registry is, if it is one.
fn directory(root: &Path, url: &str) -> Option<PathBuf> {
    (!url.contains("://")).then(|| root.join(url))
}
