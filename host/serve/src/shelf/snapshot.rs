use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use cm_distribution::{
    Name,
    oci::{self, Descriptor, ImageIndex},
};
use cm_types::Digest;
use semver::Version;

use super::{Known, locked};
use crate::route::is_tag;

/// The annotation of an entry without a tag: the repositories it was sent to.
pub(super) const REPOSITORIES: &str = "io.codemachine.repositories";

/// The index at one moment.
#[derive(Default)]
pub(crate) struct Snapshot {
    repositories: BTreeMap<Name, Entries>,
    /// Entries that say no repository, with what they are about. They belong to
    /// wherever that is.
    loose: Vec<(Descriptor, Digest)>,
    holdings: Mutex<HashMap<Name, Arc<Holdings>>>,
}

#[derive(Default)]
struct Entries {
    tags: BTreeMap<String, Descriptor>,
    untagged: Vec<Descriptor>,
}

/// All that one repository has.
#[derive(Default)]
pub(super) struct Holdings {
    pub(super) tags: BTreeMap<String, Descriptor>,
    pub(super) manifests: BTreeMap<Digest, Descriptor>,
    /// With their sizes.
    pub(super) blobs: HashMap<Digest, u64>,
}

impl Snapshot {
    pub(super) fn of(index: ImageIndex, known: impl Fn(Digest) -> Option<Arc<Known>>) -> Self {
        let mut snapshot = Self::default();
        for entry in index.manifests {
            let tag = entry.annotations.get(oci::REF_NAME);
            if let Some((name, tag)) = tag.and_then(|text| read_tag(text)) {
                let entries = snapshot.repositories.entry(name).or_default();
                entries.tags.entry(tag).or_insert(entry);
            } else if let Some(names) = entry.annotations.get(REPOSITORIES) {
                for name in names.split(' ').filter_map(|name| name.parse().ok()) {
                    let entries: &mut Entries = snapshot.repositories.entry(name).or_default();
                    entries.untagged.push(entry.clone());
                }
            } else if let Some(subject) = known(entry.digest).and_then(|it| it.subject) {
                snapshot.loose.push((entry, subject));
            }
        }
        snapshot
    }

    /// The repositories that hold versions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Name> {
        let all = self.repositories.iter();
        let packages = all.filter(|(_, entries)| entries.versions().next().is_some());
        packages.map(|(name, _)| name)
    }

    /// The tags of a repository; none when there is no such repository.
    pub(crate) fn tags(&self, name: &Name) -> Option<impl Iterator<Item = &str>> {
        let entries = self.repositories.get(name)?;
        Some(entries.tags.keys().map(String::as_str))
    }

    /// The versions of a package, the newest first.
    pub(crate) fn versions(&self, name: &Name) -> Vec<(Version, Digest)> {
        let entries = self.repositories.get(name).into_iter();
        let mut versions: Vec<_> = entries.flat_map(Entries::versions).collect();
        versions.sort();
        versions.reverse();
        versions
    }

    /// The newest version; one that is no prerelease, if there is one.
    pub(crate) fn newest(&self, name: &Name) -> Option<(Version, Digest)> {
        let versions = self.repositories.get(name)?.versions();
        versions.max_by_key(|(version, _)| (version.pre.is_empty(), version.clone()))
    }

    pub(super) fn holdings(
        &self,
        name: &Name,
        known: impl Fn(Digest) -> Option<Arc<Known>>,
    ) -> Arc<Holdings> {
        if let Some(holdings) = locked(&self.holdings).get(name) {
            return Arc::clone(holdings);
        }
        let Some(entries) = self.repositories.get(name) else {
            return Arc::default();
        };
        let mut found = Holdings {
            tags: entries.tags.clone(),
            ..Holdings::default()
        };
        let own = entries.tags.values().chain(&entries.untagged);
        let own = own.map(|entry| (entry.digest, entry.clone()));
        found.manifests.extend(own);
        // One may be about another one of them.
        loop {
            let before = found.manifests.len();
            for (entry, subject) in &self.loose {
                if found.manifests.contains_key(subject) {
                    found.manifests.insert(entry.digest, entry.clone());
                }
            }
            if found.manifests.len() == before {
                break;
            }
        }
        for known in found.manifests.keys().filter_map(|digest| known(*digest)) {
            let blobs = known.blobs.iter().map(|blob| (blob.digest, blob.size));
            found.blobs.extend(blobs);
        }
        let found = Arc::new(found);
        locked(&self.holdings).insert(name.clone(), Arc::clone(&found));
        found
    }
}

impl Entries {
    fn versions(&self) -> impl Iterator<Item = (Version, Digest)> {
        let tags = self.tags.iter();
        tags.filter_map(|(tag, entry)| Some((version_of(tag)?, entry.digest)))
    }
}

/// The version that a tag stands for, if it is written as one.
pub(crate) fn version_of(tag: &str) -> Option<Version> {
    let version = Version::parse(tag).ok()?;
    (version.build.is_empty() && version.to_string() == tag).then_some(version)
}

/// Reads `NAMESPACE/NAME:TAG`.
fn read_tag(text: &str) -> Option<(Name, String)> {
    let (name, tag) = text.rsplit_once(':')?;
    Some((name.parse().ok().filter(|_| is_tag(tag))?, tag.to_owned()))
}

/// Adds one to the repositories of an entry.
pub(super) fn with_repository(entry: &mut Descriptor, name: &Name) {
    let names = entry
        .annotations
        .entry(REPOSITORIES.to_owned())
        .or_default();
    let mut all: BTreeSet<String> = names.split_whitespace().map(str::to_owned).collect();
    all.insert(name.to_string());
    *names = all.into_iter().collect::<Vec<_>>().join(" ");
}
