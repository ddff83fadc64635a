//! What a plan says of one package.

use std::sync::Arc;

use cm_registry::{Grants, Listed, Origin, Package, Whence, Widening, difference};
use semver::Version;

use super::Ground;
use crate::{
    Catalog, Chosen, Contents, Error, Name, Source,
    workspace::{Change, Options, Step, Workspace, plan::From, roots::Asked, shelf::Shelf},
};

impl Workspace<'_> {
    pub(super) fn step(
        &self,
        ground: &Ground<'_>,
        catalog: &Catalog<'_>,
        shelf: &Shelf<'_>,
        name: &Name,
        chosen: &Chosen,
        project: bool,
    ) -> Result<Option<Step>, Error> {
        let version = &chosen.version;
        let text = name.to_string();
        let asked = ground.roots.asked.get(name);
        let mine: Vec<&Listed> = ground.listed.iter().filter(|it| it.name == text).collect();
        let installed = mine
            .iter()
            .find(|it| it.version == *version && it.origin == Origin::Installed);
        let local = asked.and_then(|it| it.package.as_ref());
        let built_in = catalog.is_built_in(name, version) && installed.is_none() && local.is_none();
        if built_in && asked.is_none() {
            return Ok(None);
        }
        let active = mine.iter().find(|it| it.active);
        let change = match active {
            _ if built_in => Change::BuiltIn,
            None => Change::New,
            Some(active) if active.version == *version => Change::Same,
            Some(active) if active.version < *version => Change::Upgrade(active.version.clone()),
            Some(active) => Change::Downgrade(active.version.clone()),
        };
        let whence = self.whence(name, version, asked, installed.copied(), ground.options);
        let mut manifest = installed.and_then(|it| it.provenance.as_ref()?.manifest);
        // What was published comes from there once more: the copy may be damaged.
        let anew = ground.options.force && asked.is_some() && manifest.is_some();
        let known = shelf.has(name, version) && local.is_none() && !anew;
        let (declared, description, from, mut fetch, mut size) = match (local, installed) {
            (Some(package), _) => {
                let own = package.manifest();
                let (declared, about) = (own.capabilities.clone(), own.package.description.clone());
                (declared, about, From::Here(Box::new(package.clone())), 0, 0)
            }
            (None, Some(it)) if known => {
                let package = ground.registry.find(&format!("{text}@{version}"))?;
                let from = From::Here(Box::new(package));
                (it.capabilities.clone(), it.description.clone(), from, 0, 0)
            }
            _ if built_in => {
                let own = ground
                    .registry
                    .first_party()?
                    .iter()
                    .find(|it| it.name() == text);
                let own = own.map(|it| it.manifest().clone());
                let declared = own
                    .as_ref()
                    .map(|it| it.capabilities.clone())
                    .unwrap_or_default();
                let about = own.map(|it| it.package.description).unwrap_or_default();
                (declared, about, From::BuiltIn, 0, 0)
            }
            _ => {
                let kept = match manifest {
                    Some(digest) => self.store.contents(&format!("{name} {version}"), digest)?,
                    None => None,
                };
                let contents = match kept {
                    Some(contents) => contents,
                    None => {
                        let (digest, contents) = catalog.look(name, version)?;
                        manifest = Some(digest);
                        contents
                    }
                };
                let own = contents.config.manifest.clone();
                let source = From::Published(Arc::clone(&ground.routed) as Arc<dyn Source>);
                let (fetch, size) = self.sizes(&contents);
                (
                    own.capabilities,
                    own.package.description,
                    source,
                    fetch,
                    size,
                )
            }
        };
        if change == Change::BuiltIn {
            (fetch, size) = (0, 0);
        }
        let mut grants = match (installed, active) {
            (Some(same), _) => same.grants.clone(),
            (None, Some(before)) if before.origin == Origin::Installed => {
                before.grants.carried(&before.capabilities)
            }
            // A directory without a manifest is the person's own, and may what they may.
            (None, None) if local.is_some_and(Package::is_loose) => Grants::all(),
            // The person was never asked about what is part of cm; they are about
            // what goes beyond it.
            (None, Some(before)) => Grants::only(before.capabilities.clone()),
            (None, None) => Grants::none(),
        };
        let policy = ground.registry.policy();
        grants.grant(&policy.allowed(&text, &declared).without(grants.denied()));
        ground
            .options
            .choices
            .apply(name, asked.is_some(), &declared, &mut grants);
        let undecided = policy.limit(&text, &grants.undecided(&declared));
        let forbidden = declared.beyond(&policy.limit(&text, &declared));
        let cautions = self.cautions(
            ground,
            name,
            &whence,
            &mine,
            // The person named the directory themselves, as for a run.
            local.is_some_and(|it| it.is_loose()) && !matches!(whence, Whence::Directory(_)),
        );
        Ok(Some(Step {
            name: name.clone(),
            version: version.clone(),
            undecided: match change {
                Change::BuiltIn => Widening::default(),
                _ => difference(&Default::default(), &undecided),
            },
            change,
            whence,
            manifest,
            dependency: asked.is_none(),
            description,
            declared,
            grants,
            forbidden,
            cautions,
            fetch,
            size,
            requirement: asked.and_then(|it| it.said.clone()),
            activate: asked.is_some() && !project,
            from,
        }))
    }

    fn sizes(&self, contents: &Contents) -> (u64, u64) {
        let blobs = contents.manifest.blobs().into_iter();
        let missing = blobs.filter(|blob| !self.store.has(blob));
        (missing.map(|blob| blob.size).sum(), contents.config.size())
    }

    fn whence(
        &self,
        name: &Name,
        version: &Version,
        asked: Option<&Asked>,
        installed: Option<&Listed>,
        options: &Options,
    ) -> Whence {
        if let Some(place) = asked.and_then(|it| it.whence.as_ref()) {
            return place.of(version);
        }
        if let Some(from) = installed.and_then(|it| it.provenance.as_ref()) {
            return from.whence.clone();
        }
        let own = self.registries.registry_of(name);
        let registry = match &options.registry {
            Some(other) if own == self.registries.default_name() => other,
            _ => own,
        };
        Whence::Registry {
            registry: registry.to_owned(),
            name: name.to_string(),
        }
    }
}
