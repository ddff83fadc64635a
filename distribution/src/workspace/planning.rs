//! From what was asked for to a plan.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use cm_registry::{Listed, Registry};
use cm_types::Digest;
use semver::Version;

use super::{Event, Options, Plan, Spec, Workspace, roots::Roots, routed::Routed};
use crate::{Catalog, Error, Lock, Name, Request};

mod cautions;
mod find;
mod step;
mod update;

/// What a project has locked.
struct Locked {
    lock: Lock,
    /// Whether all of it stays if it will do.
    keep: bool,
}

/// What planning goes by.
struct Ground<'a> {
    registry: &'a Registry,
    listed: Vec<Listed>,
    roots: Roots,
    routed: Arc<Routed>,
    options: &'a Options,
}

impl Workspace<'_> {
    /// What installing this would come to. `registry` is what is installed.
    pub fn install(
        &self,
        registry: &Registry,
        specs: &[Spec],
        options: &Options,
    ) -> Result<Plan, Error> {
        (self.progress)(&Event::Resolving);
        let ground = self.ground(registry, specs, options)?;
        let locked: BTreeMap<Name, Version> = ground
            .listed
            .iter()
            .filter(|it| it.active)
            .filter_map(|it| Some((it.name.parse().ok()?, it.version.clone())))
            .filter(|(name, _)| !ground.roots.asked.contains_key(name))
            .collect();
        self.plan(ground, locked, None)
    }

    fn ground<'a>(
        &self,
        registry: &'a Registry,
        specs: &[Spec],
        options: &'a Options,
    ) -> Result<Ground<'a>, Error> {
        let mut roots = self.roots(specs, options)?;
        let routed = Arc::new(Routed {
            base: self.source(options)?,
            own: std::mem::take(&mut roots.sources),
            versions: Mutex::default(),
        });
        Ok(Ground {
            registry,
            listed: registry.list()?,
            roots,
            routed,
            options,
        })
    }

    /// The same for a project: what it has locked stays. With `keep` nobody is asked
    /// for as long as what is locked will do.
    pub(super) fn plan_project(
        &self,
        registry: &Registry,
        specs: &[Spec],
        options: &Options,
        locked: Lock,
        keep: bool,
    ) -> Result<Plan, Error> {
        (self.progress)(&Event::Resolving);
        let ground = self.ground(registry, specs, options)?;
        let versions = locked.versions();
        self.plan(ground, versions, Some(Locked { lock: locked, keep }))
    }

    fn plan(
        &self,
        ground: Ground<'_>,
        locked: BTreeMap<Name, Version>,
        project: Option<Locked>,
    ) -> Result<Plan, Error> {
        let keep = project.as_ref().is_some_and(|it| it.keep);
        let lock = project.map(|it| it.lock);
        let routed = Arc::clone(&ground.routed);
        let objection = |name: &Name, version: &Version, digest: Digest| {
            self.vetting
                .objection(routed.of(name), name, version, digest)
        };
        let mut pins = lock.clone().unwrap_or_default();
        pins.packages.extend(ground.roots.pins.packages.clone());
        let catalog = Catalog::of(&*routed)
            .with_store(&self.store)
            .with_objection(&objection)
            .with_built_in(ground.registry.first_party()?)?
            .with_lock(&pins);
        let shelf = self.shelf(&ground, &catalog, lock.as_ref())?;
        let asked = &ground.roots.asked;
        let mut prereleases = BTreeSet::new();
        if ground.options.prereleases {
            prereleases.extend(asked.keys().cloned());
        }
        let request = Request {
            who: if lock.is_some() {
                "your project".into()
            } else {
                "your request".into()
            },
            requirements: asked
                .iter()
                .map(|(name, it)| (name.clone(), it.requirement.clone()))
                .collect(),
            locked,
            prereleases,
        };
        let resolution = if lock.is_some() && ground.options.locked {
            super::project::as_locked(&request, &catalog, &pins)?
        } else {
            let kept = keep.then(|| super::project::as_locked(&request, &catalog, &pins));
            match kept.and_then(Result::ok) {
                Some(kept) => kept,
                None => self.find_versions(&ground, &shelf, &request)?,
            }
        };
        if let Some(name) = ground
            .options
            .choices
            .strangers(|name| resolution.packages.contains_key(name))
        {
            return Err(Error::BadSpec {
                text: name.to_string(),
                why: "a capability is granted or denied to it, and it is not part of this change"
                    .into(),
            });
        }
        let mut steps = Vec::new();
        for (name, chosen) in &resolution.packages {
            steps.extend(self.step(&ground, &catalog, &shelf, name, chosen, lock.is_some())?);
        }
        let before = lock.as_ref().map(Lock::versions).unwrap_or_default();
        let kept = |name: &Name| resolution.packages.contains_key(name);
        let dropped = before.into_iter().filter(|it| !kept(&it.0)).collect();
        let lock = match lock {
            Some(before) => Some(self.new_lock(&before, &steps, &resolution.packages, &catalog)?),
            None => None,
        };
        if ground.options.locked
            && let (Some((_, new)), Some(before)) = (&lock, self.lock()?)
            && *new != before
        {
            return Err(Error::Frozen {
                why: "cm.lock does not fit what is needed".into(),
            });
        }
        Ok(Plan {
            steps,
            dropped,
            left: Vec::new(),
            options: ground.options.clone(),
            lock,
            manifest: None,
            _temporaries: ground.roots.temporaries,
        })
    }
}
