//! A project with a `cm.toml` and a `cm.lock`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use cm_registry::{Manifest, ProjectManifest, Registry, Whence};
use semver::VersionReq;

use super::{
    Options, Plan, Spec, Step, Workspace,
    shelf::{Needs, needs},
};
use crate::{Catalog, Catalogue, Chosen, Error, Lock, Locked, Name, Request, Resolution};

mod dependencies;
mod edit;

impl Workspace<'_> {
    /// What bringing the machine and `cm.lock` in line with the project's `cm.toml`
    /// would come to. What is locked stays where it can.
    pub fn sync(&self, registry: &Registry, options: &Options) -> Result<Plan, Error> {
        let specs = specs(self.needed()?);
        let lock = self.lock()?;
        let keep = lock.is_some();
        self.plan_project(registry, &specs, options, lock.unwrap_or_default(), keep)
    }

    pub(super) fn update_project(
        &self,
        registry: &Registry,
        names: &[Name],
        options: &Options,
    ) -> Result<Plan, Error> {
        let specs = specs(self.needed()?);
        let mut locked = self.lock()?.unwrap_or_default();
        if names.is_empty() {
            locked = Lock::default();
        }
        for name in names {
            unlock(&mut locked, name);
        }
        self.plan_project(registry, &specs, options, locked, false)
    }

    /// The project's `cm.toml`, and what is in it; none if there is no such file.
    fn manifest_text(&self) -> Result<(PathBuf, Option<String>), Error> {
        let project = self.project.as_deref().unwrap_or(Path::new("."));
        let path = project.join(Manifest::FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok((path, Some(text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((path, None)),
            Err(error) => Err(Error::io("read", path, error)),
        }
    }

    /// The packages that the project's `cm.toml` names.
    fn needed(&self) -> Result<Needs, Error> {
        match self.manifest_text()? {
            (path, Some(text)) => read(&path, &text),
            (_, None) => Err(self.no_project()),
        }
    }

    fn no_project(&self) -> Error {
        Error::NoProject(self.project.clone().unwrap_or_else(|| ".".into()))
    }

    /// The lock that a plan would lead to.
    pub(super) fn new_lock(
        &self,
        before: &Lock,
        steps: &[Step],
        chosen: &BTreeMap<Name, Chosen>,
        catalog: &Catalog<'_>,
    ) -> Result<(PathBuf, Lock), Error> {
        let mut lock = Lock::default();
        let in_it: BTreeSet<&Name> = steps
            .iter()
            .filter(|it| it.manifest.is_some())
            .map(|it| &it.name)
            .collect();
        for step in steps {
            let Some(manifest) = step.manifest else {
                continue;
            };
            let (_, contents) = catalog.look(&step.name, &step.version)?;
            let needs = chosen.get(&step.name).map(|it| it.dependencies.keys());
            let known = before
                .packages
                .get(&step.name)
                .filter(|it| it.manifest == manifest);
            let locked = Locked {
                version: step.version.clone(),
                source: known.map_or_else(|| self.address(&step.whence), |it| it.source.clone()),
                manifest,
                layers: contents
                    .manifest
                    .blobs()
                    .iter()
                    .map(|it| it.digest)
                    .collect(),
                // What is part of cm is not locked.
                dependencies: needs
                    .into_iter()
                    .flatten()
                    .filter(|it| in_it.contains(it))
                    .cloned()
                    .collect(),
                signer: known.and_then(|it| it.signer.clone()),
            };
            lock.packages.insert(step.name.clone(), locked);
        }
        let project = self.project.clone().unwrap_or_default();
        Ok((project.join(Lock::FILE), lock))
    }

    /// A registry by what it is and not by what it is called on this machine.
    fn address(&self, whence: &Whence) -> String {
        match whence {
            Whence::Registry { registry, .. } => {
                let mut all = self.registries.all();
                let found = all.find(|(name, _)| name == registry);
                found.map_or_else(|| registry.clone(), |(_, entry)| entry.url.clone())
            }
            other => other.to_string(),
        }
    }
}

/// Takes a lock file as it is.
pub(super) fn as_locked(
    request: &Request,
    catalog: &Catalog<'_>,
    lock: &Lock,
) -> Result<Resolution, Error> {
    let frozen = |why: String| Error::Frozen { why };
    let mut packages = BTreeMap::new();
    let mut open: Vec<(Name, VersionReq)> = request.requirements.clone().into_iter().collect();
    while let Some((name, wanted)) = open.pop() {
        let version = match lock.packages.get(&name) {
            Some(locked) => locked.version.clone(),
            None => {
                let own = catalog.built_in_version(&name);
                own.ok_or_else(|| frozen(format!("`{name}` is needed and not in cm.lock")))?
            }
        };
        if !request.admits(&name, &wanted, &version) {
            return Err(frozen(format!(
                "cm.lock has `{name}` {version}, and {wanted} is needed"
            )));
        }
        if packages.contains_key(&name) {
            continue;
        }
        let dependencies = catalog.dependencies(&name, &version)?;
        open.extend(dependencies.clone());
        packages.insert(
            name,
            Chosen {
                version,
                dependencies,
            },
        );
    }
    Ok(Resolution { packages })
}

fn specs(needs: Needs) -> Vec<Spec> {
    let each = needs.into_iter();
    each.map(|(name, requirement)| Spec::Registry {
        name,
        requirement: Some(requirement),
    })
    .collect()
}

fn unlock(lock: &mut Lock, name: &Name) {
    lock.packages.remove(name);
    for locked in lock.packages.values_mut() {
        locked.dependencies.remove(name);
    }
}

/// What the text of a `cm.toml` says is needed.
fn read(path: &Path, text: &str) -> Result<Needs, Error> {
    let manifest = ProjectManifest::parse(path.display().to_string(), text)
        .map_err(|error| Error::from(cm_registry::Error::from(error)))?;
    needs(&manifest.dependencies)
}
