//! What is here, why, and what there is beyond it.

use std::{collections::BTreeSet, sync::Arc};

use cm_registry::{Listed, Registry, Whence};
use semver::{Version, VersionReq};

use super::{Options, Workspace};
use crate::{Error, Name, Remote, Source, Which};

/// A package and what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The package.
    pub name: String,
    /// The version that is used; none if there is none that fits.
    pub version: Option<Version>,
    /// The versions that would do, unless it was asked for.
    pub requirement: Option<VersionReq>,
    /// What it needs. Empty for what was shown above.
    pub needs: Vec<Tree>,
    /// Whether it was shown above, with what it needs.
    pub again: bool,
}

/// Somebody who needs a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependant {
    /// The package; the first of the chain was asked for.
    pub chain: Vec<(String, Version)>,
    /// The versions that the last of them needs; none if the package itself was
    /// asked for.
    pub requirement: Option<VersionReq>,
}

/// A package of which there is a newer version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outdated {
    /// The package.
    pub name: Name,
    /// What is used.
    pub current: Version,
    /// The highest that `cm update` would take.
    pub wanted: Option<Version>,
    /// The highest there is.
    pub latest: Version,
    /// Why the highest is passed over.
    pub objection: Option<String>,
    /// What it could do and the one that is used cannot.
    pub widens: bool,
}

impl Workspace<'_> {
    /// What a package needs, and what that needs; of all that were asked for if none
    /// is named.
    pub fn tree(&self, registry: &Registry, name: Option<&str>) -> Result<Vec<Tree>, Error> {
        let list = registry.list()?;
        let mut shown = BTreeSet::new();
        if let Some(name) = name {
            let package = registry.find(name)?;
            let found = list
                .iter()
                .find(|it| it.name == package.name() && it.version == *package.version());
            return Ok(found
                .map(|it| branch(it, None, &list, &mut shown))
                .into_iter()
                .collect());
        }
        let roots = list.iter().filter(|it| it.active && asked_for(it));
        Ok(roots
            .map(|it| branch(it, None, &list, &mut shown))
            .collect())
    }

    /// Who needs a package: chains from what was asked for.
    pub fn why(&self, registry: &Registry, name: &str) -> Result<Vec<Dependant>, Error> {
        let package = registry.find(name)?;
        let list = registry.list()?;
        let mut found = Vec::new();
        for root in list.iter().filter(|it| asked_for(it)) {
            if root.name == package.name() {
                found.push(Dependant {
                    chain: vec![(root.name.clone(), root.version.clone())],
                    requirement: None,
                });
            }
            let mut chain = vec![root];
            chains(package.name(), &list, &mut chain, &mut found);
        }
        Ok(found)
    }

    /// The packages of which there is a newer version.
    pub fn outdated(&self, registry: &Registry, options: &Options) -> Result<Vec<Outdated>, Error> {
        let base = self.source(options)?;
        let mut found = Vec::new();
        for it in registry.list()?.iter().filter(|it| it.active) {
            let Some(from) = &it.provenance else {
                continue;
            };
            let name: Name = it.name.parse()?;
            let (other, registered): (Remote, Arc<dyn Source>);
            let source: &dyn Source = match &from.whence {
                Whence::Registry { registry, .. } if options.registry.is_none() => {
                    match self.registries.source(registry) {
                        Ok(source) if !options.offline => {
                            registered = source;
                            registered.as_ref()
                        }
                        _ => base.as_ref(),
                    }
                }
                Whence::Registry { .. } => base.as_ref(),
                Whence::Oci(address) if !options.offline => {
                    let reference: super::OciReference = address.parse()?;
                    other = Remote::new(&reference.registry)?;
                    &other
                }
                _ => continue,
            };
            let versions = source.versions(&name)?;
            let plain = |version: &&Version| version.pre.is_empty() && **version > it.version;
            let Some(latest) = versions.iter().rfind(plain) else {
                continue;
            };
            let requirement = from
                .requirement
                .as_ref()
                .and_then(|it| VersionReq::parse(it).ok());
            let mut wanted = None;
            let mut objection = None;
            for version in versions.iter().rev().filter(plain) {
                let (document, _) = source.contents(&name, Which::Version(version))?;
                let why = self
                    .vetting
                    .objection(source, &name, version, document.digest)?;
                if version == latest {
                    objection.clone_from(&why);
                }
                if why.is_none() && requirement.as_ref().is_none_or(|it| it.matches(version)) {
                    wanted = Some(version.clone());
                    break;
                }
            }
            let shown = wanted.as_ref().unwrap_or(latest);
            let (_, contents) = source.contents(&name, Which::Version(shown))?;
            let widens = !contents
                .config
                .manifest
                .capabilities
                .is_within(&it.capabilities);
            found.push(Outdated {
                name,
                current: it.version.clone(),
                wanted,
                latest: latest.clone(),
                objection,
                widens,
            });
        }
        Ok(found)
    }
}

fn asked_for(it: &Listed) -> bool {
    it.provenance.as_ref().is_some_and(|from| !from.dependency)
}

/// The version that a requirement gets: the active one if it does.
fn chosen<'l>(list: &'l [Listed], name: &str, wanted: &VersionReq) -> Option<&'l Listed> {
    let fitting = list
        .iter()
        .filter(|it| it.name == name && wanted.matches(&it.version));
    fitting.max_by_key(|it| (it.active, it.version.clone()))
}

fn branch(
    it: &Listed,
    requirement: Option<VersionReq>,
    list: &[Listed],
    shown: &mut BTreeSet<(String, Version)>,
) -> Tree {
    let again = !shown.insert((it.name.clone(), it.version.clone()));
    let mut needs = Vec::new();
    for (name, wanted) in it.dependencies.iter().filter(|_| !again) {
        needs.push(match chosen(list, name, wanted) {
            Some(found) => branch(found, Some(wanted.clone()), list, shown),
            None => Tree {
                name: name.clone(),
                version: None,
                requirement: Some(wanted.clone()),
                needs: Vec::new(),
                again: false,
            },
        });
    }
    Tree {
        name: it.name.clone(),
        version: Some(it.version.clone()),
        requirement,
        again: again && !it.dependencies.is_empty(),
        needs,
    }
}

/// The longest chain that is followed.
const DEEPEST: usize = 32;

fn chains<'l>(
    name: &str,
    list: &'l [Listed],
    chain: &mut Vec<&'l Listed>,
    found: &mut Vec<Dependant>,
) {
    let Some(last) = chain.last().copied().filter(|_| chain.len() < DEEPEST) else {
        return;
    };
    for (needed, wanted) in &last.dependencies {
        if needed == name {
            let chain = chain.iter().map(|it| (it.name.clone(), it.version.clone()));
            found.push(Dependant {
                chain: chain.collect(),
                requirement: Some(wanted.clone()),
            });
        } else if let Some(next) = chosen(list, needed, wanted)
            && chain.iter().all(|it| it.name != next.name)
        {
            chain.push(next);
            chains(name, list, chain, found);
            chain.pop();
        }
    }
}
