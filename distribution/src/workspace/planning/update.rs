use std::collections::BTreeMap;

use cm_registry::{Registry, Whence};

use crate::{
    Error, Name, OciReference, Options, Plan, Spec,
    workspace::{Event, Workspace},
};

impl Workspace<'_> {
    /// What bringing packages up to date would come to: these, or all that somebody
    /// asked for and that were published.
    pub fn update(
        &self,
        registry: &Registry,
        names: &[Name],
        options: &Options,
    ) -> Result<Plan, Error> {
        if self.project.is_some() {
            return self.update_project(registry, names, options);
        }
        (self.progress)(&Event::Resolving);
        let mut specs = Vec::new();
        let mut left = Vec::new();
        for it in registry.list()?.iter().filter(|it| it.active) {
            let name: Name = it.name.parse()?;
            let Some(from) = &it.provenance else {
                continue;
            };
            let named = names.contains(&name);
            if !named && (!names.is_empty() || from.dependency) {
                continue;
            }
            let requirement = from.requirement.as_ref();
            let requirement = requirement.and_then(|it| it.parse().ok());
            match &from.whence {
                // Under the same name there may be something else in another registry.
                Whence::Registry { registry, .. } if !self.means(&name, registry, options) => {
                    if named {
                        let text = name.to_string();
                        let why = format!(
                            "it came from another registry; cm update {text} --registry {registry}"
                        );
                        return Err(Error::BadSpec { text, why });
                    }
                    left.push((name, registry.clone()));
                }
                Whence::Registry { .. } => specs.push(Spec::Registry { name, requirement }),
                Whence::Oci(address) => {
                    let mut reference: OciReference = address.parse()?;
                    reference.version = None;
                    reference.digest = None;
                    specs.push(Spec::Oci(reference));
                }
                _ if named => {
                    let text = it.name.clone();
                    let why = format!("it came from {}: install it again from there", from.whence);
                    return Err(Error::BadSpec { text, why });
                }
                _ => {}
            }
        }
        for name in names {
            if registry
                .list()?
                .iter()
                .all(|it| it.name != name.to_string())
            {
                registry.find(&name.to_string())?;
            }
        }
        let ground = self.ground(registry, &specs, options)?;
        // Nothing stays for its own sake.
        let mut plan = self.plan(ground, BTreeMap::new(), None)?;
        plan.left = left;
        Ok(plan)
    }

    /// Whether a package's name means the one in this registry.
    fn means(&self, name: &Name, registry: &str, options: &Options) -> bool {
        let own = self.registries.registry_of(name);
        let wanted = match &options.registry {
            Some(other) if own == self.registries.default_name() => other,
            _ => own,
        };
        wanted == registry
            || self
                .registries
                .address(wanted)
                .is_ok_and(|it| it == registry)
    }
}
