//! Which versions there are, here and elsewhere, and which of them go together.

use std::collections::BTreeMap;

use cm_registry::{Listed, Origin};
use semver::{Op, Version, VersionReq};

use super::Ground;
use crate::{
    Catalog, Error, Lock, Name, Request, Resolution, Source as _, resolve,
    workspace::{
        Workspace,
        roots::Asked,
        shelf::{Here, Shelf, needs},
    },
};

impl Workspace<'_> {
    /// The versions that go together. Nobody is asked for what was asked for exactly
    /// and is here, together with what it needs.
    pub(super) fn find_versions(
        &self,
        ground: &Ground<'_>,
        shelf: &Shelf<'_>,
        request: &Request,
    ) -> Result<Resolution, Error> {
        let asked = &ground.roots.asked;
        let here = asked.iter().all(|(name, it)| {
            let here = it.package.is_some() || is_exact(&it.requirement);
            here && shelf
                .own_versions(name)
                .any(|version| it.requirement.matches(version))
        });
        if here && let Ok(found) = resolve(&Here(shelf), request) {
            return Ok(found);
        }
        for (name, it) in asked {
            // What the registry has to say matters where something of it is meant.
            let here = shelf
                .own_versions(name)
                .any(|version| it.requirement.matches(version) && is_exact(&it.requirement));
            let built_in = shelf.catalog.built_in_version(name).is_some();
            if !here && it.package.is_none() && !built_in && !ground.options.offline {
                ground.routed.versions(name)?;
            }
        }
        resolve(shelf, request)
    }

    /// What is published and what is here.
    pub(super) fn shelf<'s>(
        &self,
        ground: &Ground<'_>,
        catalog: &'s Catalog<'s>,
        lock: Option<&Lock>,
    ) -> Result<Shelf<'s>, Error> {
        let mut own: BTreeMap<Name, BTreeMap<Version, _>> = BTreeMap::new();
        for it in ground
            .listed
            .iter()
            .filter(|it| it.origin == Origin::Installed)
        {
            let Ok(name) = it.name.parse::<Name>() else {
                continue;
            };
            // A project must get the same everywhere, whatever is installed here.
            let published = it.provenance.as_ref().and_then(|it| it.manifest);
            let fits = lock.is_none_or(|lock| {
                lock.packages
                    .get(&name)
                    .is_some_and(|locked| published == Some(locked.manifest))
            });
            // Asked for from another place, or anew, it is looked for there.
            let asked = ground.roots.asked.get(&name);
            let elsewhere = asked.is_some_and(|asked| !is_there(it, asked));
            if fits && !elsewhere {
                own.entry(name)
                    .or_default()
                    .insert(it.version.clone(), needs(&it.dependencies)?);
            }
        }
        for (name, asked) in &ground.roots.asked {
            if let Some(package) = &asked.package {
                let needs = needs(&package.manifest().dependencies)?;
                own.insert(
                    name.clone(),
                    BTreeMap::from([(package.version().clone(), needs)]),
                );
            }
        }
        Ok(Shelf { catalog, own })
    }
}

/// Whether what is installed is what was asked for, as far as the place goes.
fn is_there(it: &Listed, asked: &Asked) -> bool {
    let Some(place) = &asked.whence else {
        return true;
    };
    let from = it.provenance.as_ref().map(|it| &it.whence);
    // Published versions do not change; directories do.
    from.is_some_and(|from| from.is_published() && *from == place.of(&it.version))
        && is_exact(&asked.requirement)
}

/// Whether only one version meets a requirement.
fn is_exact(requirement: &VersionReq) -> bool {
    match requirement.comparators.as_slice() {
        [only] => only.op == Op::Exact && only.minor.is_some() && only.patch.is_some(),
        _ => false,
    }
}
