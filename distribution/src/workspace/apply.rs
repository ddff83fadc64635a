//! From a plan to what it says.

use std::path::Path;

use cm_registry::{Arrival, Installed, Package, Provenance, Registry};

use super::{Change, Event, Plan, Step, Workspace, plan::From, temporary::Temporary};
use crate::{Error, Wanted, disk, fetch};

impl Workspace<'_> {
    /// Does what a plan says. Interrupted anywhere, it leaves what was installed, and
    /// what has been fetched for the next time.
    ///
    /// # Errors
    /// When something is left to be decided, or goes wrong; then nothing has changed.
    pub fn apply(&self, registry: &mut Registry, mut plan: Plan) -> Result<Vec<Installed>, Error> {
        plan.settled()?;
        let mut signers = Vec::new();
        for step in &plan.steps {
            signers.push(match (&step.from, step.manifest) {
                (From::Published(source), Some(digest)) => {
                    self.vetting
                        .admit(source.as_ref(), &step.name, &step.version, digest)?
                }
                _ => None,
            });
        }
        if let Some((_, lock)) = &mut plan.lock {
            for (step, signer) in plan.steps.iter().zip(&signers) {
                if let (Some(locked), Some(signer)) = (lock.packages.get_mut(&step.name), signer) {
                    locked.signer = Some(signer.clone());
                }
            }
        }
        let contents = self.fetch_all(&plan)?;
        let mut temporary = None;
        let mut packages = Vec::new();
        for (number, step) in plan.steps.iter().enumerate() {
            packages.push(match &step.from {
                From::Here(package) => Some((**package).clone()),
                From::BuiltIn => None,
                From::Published(_) => {
                    (self.progress)(&Event::Unpacking {
                        name: step.name.clone(),
                        version: step.version.clone(),
                    });
                    let what = format!("{} {}", step.name, step.version);
                    let temporary = match &mut temporary {
                        Some(known) => known,
                        none => none.insert(Temporary::new(&self.home)?),
                    };
                    let into = temporary.path().join(number.to_string());
                    let found = contents.iter().find(|it| Some(it.0) == step.manifest);
                    let (_, contents) = found.ok_or_else(|| Error::Missing {
                        source_name: "the store".into(),
                        what: what.clone(),
                    })?;
                    self.store.unpack(&what, contents, &into)?;
                    Some(Package::open(&into)?)
                }
            });
        }
        let arrivals: Vec<Arrival<'_>> = plan
            .steps
            .iter()
            .zip(&packages)
            .zip(signers)
            .filter_map(|((step, package), signer)| arrival(step, package.as_ref()?, signer, &plan))
            .collect();
        (self.progress)(&Event::Installing);
        let installed = registry.install_all(&arrivals)?;
        // Versions beside others change nothing for a project before this does.
        if let Some((path, text)) = &plan.manifest {
            disk::replace(path, text.as_bytes())?;
        }
        if let Some((path, lock)) = &plan.lock {
            lock.write(path)?;
        }
        Ok(installed)
    }

    fn fetch_all(&self, plan: &Plan) -> Result<Vec<(cm_types::Digest, crate::Contents)>, Error> {
        let wanted: Vec<Wanted<'_>> = plan
            .steps
            .iter()
            .filter_map(|step| match (&step.from, step.manifest) {
                (From::Published(source), Some(digest)) => Some(Wanted {
                    name: &step.name,
                    version: &step.version,
                    digest,
                    source: Some(source.as_ref()),
                }),
                _ => None,
            })
            .collect();
        let progress = |progress: &crate::Progress| {
            (self.progress)(&Event::Fetching(progress.clone()));
        };
        let contents = fetch(&self.store, &wanted, &progress)?;
        Ok(wanted.iter().map(|it| it.digest).zip(contents).collect())
    }
}

fn arrival<'a>(
    step: &Step,
    package: &'a Package,
    signer: Option<String>,
    plan: &Plan,
) -> Option<Arrival<'a>> {
    let here = matches!(package.source(), cm_registry::Source::Installed(_));
    if here && step.dependency && step.grants == *package.grants() {
        return None;
    }
    let own = here.then(|| package.provenance()).flatten();
    let provenance = match own {
        // It is as it came; that somebody asks for it now is new.
        Some(own) => Provenance {
            dependency: own.dependency && step.dependency,
            requirement: if step.dependency {
                own.requirement
            } else {
                step.requirement.clone()
            },
            ..own
        },
        None => Provenance {
            whence: step.whence.clone(),
            manifest: step.manifest,
            requirement: step.requirement.clone(),
            dependency: step.dependency,
            signer,
        },
    };
    Some(Arrival {
        package,
        name: step.name.to_string(),
        provenance,
        grants: Some(step.grants.clone()),
        activate: step.activate && step.change != Change::BuiltIn,
        force: plan.options.force,
    })
}

/// A directory for something that is about to be written.
pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
