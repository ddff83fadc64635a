use std::sync::Arc;

use cm_distribution::Name;
use cm_types::Digest;
use semver::Version;

use crate::{
    fault::Fault,
    handler::{Asked, blocking},
    shelf::Facts,
};

/// A package in a list, by its newest version.
pub(super) struct Listed {
    pub(super) name: Name,
    pub(super) version: Version,
    pub(super) digest: Digest,
    pub(super) facts: Arc<Facts>,
}

impl Listed {
    pub(super) fn description(&self) -> &str {
        match &self.facts.package {
            Some(about) => &about.manifest.package.description,
            None => "",
        }
    }

    /// How well it fits; the lower, the better. None: not at all.
    fn rank(&self, words: &[String]) -> Option<u32> {
        let name = self.name.to_string();
        let description = self.description().to_lowercase();
        let each = words.iter().map(|word| match name.find(word.as_str()) {
            _ if self.name.package() == word || name == *word => Some(0),
            _ if self.name.package().starts_with(word.as_str()) => Some(1),
            Some(_) => Some(2),
            None if description.contains(word.as_str()) => Some(3),
            None => None,
        });
        each.sum()
    }
}

/// The packages that one may read and that fit all words, the best first.
pub(super) async fn search(asked: &Asked<'_>, text: &str) -> Result<Vec<Listed>, Fault> {
    asked.who.enter()?;
    let lower = text.to_lowercase();
    let words: Vec<String> = lower
        .split_whitespace()
        .take(16)
        .map(str::to_owned)
        .collect();
    let shelf = Arc::clone(asked.shelf);
    let snapshot = blocking(move || shelf.snapshot()).await?;
    let names = snapshot.names().filter(|name| asked.who.may_read(name));
    let newest: Vec<_> = names
        .filter_map(|name| Some((name.clone(), snapshot.newest(name)?)))
        .collect();
    let shelf = Arc::clone(asked.shelf);
    blocking(move || {
        let mut found = Vec::new();
        for (name, (version, digest)) in newest {
            let facts = shelf.facts(&name, digest)?;
            let listed = Listed {
                name,
                version,
                digest,
                facts,
            };
            if let Some(rank) = listed.rank(&words) {
                found.push((rank, listed));
            }
        }
        found.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        Ok(found.into_iter().map(|(_, listed)| listed).collect())
    })
    .await
}
