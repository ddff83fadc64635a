//! What a project's `cm.toml` names, changed.

use std::path::Path;

use cm_registry::Registry;
use semver::VersionReq;

use super::{edit, read, specs, unlock};
use crate::{
    Error, Name, Options, Plan,
    workspace::{Step, Workspace, shelf::Needs},
};

impl Workspace<'_> {
    /// What adding packages to the project's `cm.toml` would come to. Without a
    /// requirement it becomes `^` and the version that is found. A project without a
    /// `cm.toml` gets one.
    pub fn add(
        &self,
        registry: &Registry,
        added: &[(Name, Option<VersionReq>)],
        options: &Options,
    ) -> Result<Plan, Error> {
        changeable(options)?;
        let (path, text) = self.manifest_text()?;
        let mut text = text.unwrap_or_default();
        let mut needs = read(&path, &text)?;
        let mut locked = self.lock()?.unwrap_or_default();
        for (name, requirement) in added {
            let wanted = requirement.clone().unwrap_or(VersionReq::STAR);
            needs.insert(name.clone(), wanted);
            // A new requirement is a question anew.
            unlock(&mut locked, name);
        }
        let specs = specs(needs.clone());
        let mut plan = self.plan_project(registry, &specs, options, locked, false)?;
        for (name, requirement) in added {
            let found = plan.steps.iter().find(|step| step.name == *name);
            let wanted = match (requirement, found) {
                (Some(requirement), _) => requirement.clone(),
                (None, Some(step)) => up_from(step),
                (None, None) => VersionReq::STAR,
            };
            text = edit::with_dependency(&text, &name.to_string(), &wanted.to_string())
                .map_err(|why| unchangeable(&path, why))?;
            needs.insert(name.clone(), wanted);
        }
        says(&path, &text, &needs)?;
        plan.manifest = Some((path, text));
        Ok(plan)
    }

    /// What taking packages out of the project's `cm.toml` would come to. What nobody
    /// else needs goes from `cm.lock` too; what is installed stays.
    pub fn remove_from_project(
        &self,
        registry: &Registry,
        names: &[Name],
        options: &Options,
    ) -> Result<Plan, Error> {
        changeable(options)?;
        let (path, text) = self.manifest_text()?;
        let mut text = text.ok_or_else(|| self.no_project())?;
        let mut needs = read(&path, &text)?;
        for name in names {
            if needs.remove(name).is_none() {
                let known: Vec<String> = needs.keys().map(Name::to_string).collect();
                let known = known.iter().map(String::as_str);
                let near = cm_registry::did_you_mean(&name.to_string(), known);
                return Err(Error::NotNeeded {
                    name: name.clone(),
                    file: path,
                    near: near.map(str::to_owned),
                });
            }
            text = edit::without_dependency(&text, &name.to_string())
                .map_err(|why| unchangeable(&path, why))?;
        }
        says(&path, &text, &needs)?;
        let lock = self.lock()?;
        // What stays keeps its versions, so nobody has to be asked.
        let keep = lock.is_some();
        let specs = specs(needs);
        let mut plan =
            self.plan_project(registry, &specs, options, lock.unwrap_or_default(), keep)?;
        plan.manifest = Some((path, text));
        Ok(plan)
    }
}

/// `^` and the version that was found.
fn up_from(step: &Step) -> VersionReq {
    VersionReq::parse(&format!("^{}", step.version)).unwrap_or(VersionReq::STAR)
}

fn changeable(options: &Options) -> Result<(), Error> {
    if options.locked {
        return Err(Error::Frozen {
            why: "--locked leaves cm.lock as it is, and this would change it".into(),
        });
    }
    Ok(())
}

/// Whatever form the file has, it must say what was meant.
fn says(path: &Path, text: &str, meant: &Needs) -> Result<(), Error> {
    if read(path, text)? == *meant {
        return Ok(());
    }
    let why = "what was meant could not be written into it".to_owned();
    Err(unchangeable(path, why))
}

fn unchangeable(path: &Path, why: String) -> Error {
    Error::Config {
        path: path.to_owned(),
        line: None,
        why: format!("{why}; change [dependencies] yourself"),
    }
}
