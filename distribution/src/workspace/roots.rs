//! What was asked for, found.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use cm_registry::{Package, Whence};
use semver::{Version, VersionReq};

use super::{Options, Spec, Workspace, archive, temporary::Temporary};
use crate::{Error, Lock, Locked, Name, OciReference, Remote, Source, Which, artifact};

/// What was asked for.
#[derive(Default)]
pub(super) struct Roots {
    pub(super) asked: BTreeMap<Name, Asked>,
    /// Where it is, if not in its registry.
    pub(super) sources: BTreeMap<Name, Arc<dyn Source>>,
    /// Versions that were asked for by digest.
    pub(super) pins: Lock,
    pub(super) temporaries: Vec<Temporary>,
}

/// One package that was asked for.
pub(super) struct Asked {
    pub(super) requirement: VersionReq,
    /// As it was said.
    pub(super) said: Option<String>,
    /// Where from, if not from its registry.
    pub(super) whence: Option<Place>,
    /// The package, if it is a directory.
    pub(super) package: Option<Package>,
}

pub(super) enum Place {
    Plain(Whence),
    Oci(OciReference),
}

impl Place {
    pub(super) fn of(&self, version: &Version) -> Whence {
        match self {
            Self::Plain(whence) => whence.clone(),
            Self::Oci(reference) => Whence::Oci(reference.address(version)),
        }
    }
}

impl Workspace<'_> {
    pub(super) fn roots(&self, specs: &[Spec], options: &Options) -> Result<Roots, Error> {
        let mut roots = Roots::default();
        for spec in specs {
            match spec {
                Spec::Registry { name, requirement } => roots.ask(
                    name.clone(),
                    Asked {
                        requirement: requirement.clone().unwrap_or(VersionReq::STAR),
                        said: requirement.as_ref().map(ToString::to_string),
                        whence: None,
                        package: None,
                    },
                )?,
                Spec::Directory(path) => {
                    let package = Package::open(path)?;
                    let root = package.directory().unwrap_or(path).to_owned();
                    roots.local(package, Whence::Directory(root))?;
                }
                Spec::Archive(path) => self.open_archive(path, &mut roots)?,
                Spec::Oci(reference) => open_oci(reference, options, &mut roots)?,
                Spec::Git { url, revision } => {
                    if options.offline {
                        return Err(Error::Offline { what: url.clone() });
                    }
                    let git = self.git.ok_or_else(|| Error::BadSpec {
                        text: url.clone(),
                        why: "git repositories cannot be fetched here".into(),
                    })?;
                    let temporary = Temporary::new(&self.home)?;
                    let into = temporary.path().join("checkout");
                    let revision = git(url, revision.as_deref(), &into)?;
                    let package = Package::open(&into)?;
                    if package.is_loose() {
                        let why = "it has no cm.toml that says what it is and what it needs";
                        return Err(Error::refused(url, why));
                    }
                    let url = url.clone();
                    roots.local(package, Whence::Git { url, revision })?;
                    roots.temporaries.push(temporary);
                }
            }
        }
        Ok(roots)
    }

    fn open_archive(&self, path: &Path, roots: &mut Roots) -> Result<(), Error> {
        let temporary = Temporary::new(&self.home)?;
        let layout: Arc<dyn Source> = Arc::new(archive::open(path, temporary.path())?);
        let full = std::path::absolute(path).map_err(|error| Error::io("find", path, error))?;
        let names = layout.names()?.unwrap_or_default();
        if names.is_empty() {
            let what = path.display().to_string();
            return Err(Error::refused(what, "there is no package in it"));
        }
        for name in names {
            let versions = layout.versions(&name)?;
            let Some(version) = versions.last() else {
                continue;
            };
            roots.sources.insert(name.clone(), Arc::clone(&layout));
            let whence = Whence::Archive(full.clone());
            let asked = Asked {
                requirement: exactly(version),
                said: None,
                whence: Some(Place::Plain(whence)),
                package: None,
            };
            roots.ask(name, asked)?;
        }
        roots.temporaries.push(temporary);
        Ok(())
    }
}

fn open_oci(reference: &OciReference, options: &Options, roots: &mut Roots) -> Result<(), Error> {
    let name = &reference.name;
    if options.offline {
        let what = format!("{}/{name}", reference.registry);
        return Err(Error::Offline { what });
    }
    let source: Arc<dyn Source> = Arc::new(Remote::new(&reference.registry)?);
    let mut version = reference.version.clone();
    if let Some(digest) = reference.digest {
        let (_, contents) = source.contents(name, Which::Digest(digest))?;
        let own = contents.config.manifest.package.version.clone();
        if version.as_ref().is_some_and(|version| *version != own) {
            let why = format!("the manifest {digest} is that of version {own}");
            return Err(Error::refused(name.to_string(), why));
        }
        let locked = Locked {
            version: own.clone(),
            source: reference.registry.clone(),
            manifest: digest,
            layers: Default::default(),
            dependencies: Default::default(),
            signer: None,
        };
        roots.pins.packages.insert(name.clone(), locked);
        version = Some(own);
    }
    roots.sources.insert(name.clone(), source);
    let asked = Asked {
        requirement: version.as_ref().map_or(VersionReq::STAR, exactly),
        said: version.map(|version| format!("={version}")),
        whence: Some(Place::Oci(reference.clone())),
        package: None,
    };
    roots.ask(name.clone(), asked)
}

impl Roots {
    fn local(&mut self, package: Package, whence: Whence) -> Result<(), Error> {
        // What is published was looked at when it was made; this was not.
        artifact::check_components(&package)?;
        let name = Name::bare(package.name())?;
        let asked = Asked {
            requirement: exactly(package.version()),
            said: None,
            whence: Some(Place::Plain(whence)),
            package: Some(package),
        };
        self.ask(name, asked)
    }

    fn ask(&mut self, name: Name, asked: Asked) -> Result<(), Error> {
        if self.asked.contains_key(&name) {
            return Err(Error::BadSpec {
                text: name.to_string(),
                why: "it is asked for twice".into(),
            });
        }
        self.asked.insert(name, asked);
        Ok(())
    }
}

pub(super) fn exactly(version: &Version) -> VersionReq {
    // The text of a version is always a requirement.
    VersionReq::parse(&format!("={version}")).unwrap_or(VersionReq::STAR)
}
