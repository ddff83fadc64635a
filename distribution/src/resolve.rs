//! Which versions go together: of each package one, the highest that all its
//! users can live with.

use std::collections::{BTreeMap, BTreeSet};

use pubgrub::PubGrubError;
use semver::{Prerelease, Version, VersionReq};

use crate::{Error, Name};

mod conflict;
mod fact;
mod provider;
#[cfg(test)]
mod tests;

pub use conflict::Conflict;
pub use fact::Fact;
use provider::{Node, Provider};

/// What there is to choose from.
pub trait Catalogue {
    /// What it is, for messages.
    fn title(&self) -> String {
        "the registry".into()
    }

    /// All versions of a package, in any order. No package is an error.
    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error>;

    /// What a version needs.
    fn dependencies(
        &self,
        name: &Name,
        version: &Version,
    ) -> Result<BTreeMap<Name, VersionReq>, Error>;

    /// Why a version should not be taken by anyone who does not have it already:
    /// it was yanked, or is too new. As in "… is passed over: it was yanked".
    fn objection(&self, name: &Name, version: &Version) -> Result<Option<String>, Error>;
}

/// What to find versions for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Who asks, for messages: "your project", "acme/review 1.2.0".
    pub who: String,
    /// What it needs.
    pub requirements: BTreeMap<Name, VersionReq>,
    /// The versions that are in use. They stay where they can, yanked or not.
    pub locked: BTreeMap<Name, Version>,
    /// The packages of which prereleases will do. Others are taken in a prerelease
    /// only where a requirement names one of the same version.
    pub prereleases: BTreeSet<Name>,
}

impl Request {
    /// Whether a version will do where this is wanted.
    pub(crate) fn admits(&self, name: &Name, wanted: &VersionReq, version: &Version) -> bool {
        if wanted.matches(version) {
            return true;
        }
        let any = self.prereleases.contains(name) || self.locked.get(name) == Some(version);
        if !any || version.pre.is_empty() {
            return false;
        }
        let mut released = version.clone();
        released.pre = Prerelease::EMPTY;
        wanted.matches(&released)
    }
}

/// The versions that go together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// Each package that is needed, with its version.
    pub packages: BTreeMap<Name, Chosen>,
}

/// A package that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// In this version.
    pub version: Version,
    /// What it needs itself.
    pub dependencies: BTreeMap<Name, VersionReq>,
}

/// Finds versions that meet all requirements, or says why there are none.
pub fn resolve(catalogue: &dyn Catalogue, request: &Request) -> Result<Resolution, Error> {
    let provider = Provider::new(catalogue, request);
    for (name, wanted) in &request.requirements {
        // What cannot be met at all is said plainly, without a derivation.
        let have = provider.versions(name)?;
        if !have
            .iter()
            .any(|version| request.admits(name, wanted, version))
        {
            return Err(Error::NoVersion {
                name: name.clone(),
                wanted: wanted.to_string(),
                source_name: catalogue.title(),
                have: have.to_vec(),
            });
        }
    }
    match pubgrub::resolve(&provider, Node::Root, Version::new(0, 0, 0)) {
        Ok(solution) => {
            let mut packages = BTreeMap::new();
            for (node, version) in solution {
                if let Node::Package(name) = node {
                    let dependencies = provider.needs(&name, &version)?.unwrap_or_default();
                    let chosen = Chosen {
                        version,
                        dependencies,
                    };
                    packages.insert(name, chosen);
                }
            }
            Ok(Resolution { packages })
        }
        Err(PubGrubError::NoSolution(tree)) => Err(Error::Conflict(Box::new(Conflict::explain(
            &tree, &provider,
        )))),
        Err(
            PubGrubError::ErrorRetrievingDependencies { source, .. }
            | PubGrubError::ErrorChoosingVersion { source, .. }
            | PubGrubError::ErrorInShouldCancel(source),
        ) => Err(source),
    }
}
