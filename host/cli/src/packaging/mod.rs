//! What the commands about packages share: the packages of a person or a project,
//! whom they are believed, and how a change of them is shown and agreed to.

mod agreement;
mod changing;
mod git;
mod plan;
mod progress;
mod vetting;

use std::path::Path;

use cm_distribution::{
    Event, Name, Options, Registries, Source, Store, Workspace,
    trust::{Looked, Trust},
};
use cm_registry::{Home, Registry};
use cm_types::Digest;
use semver::Version;

use crate::{embedded::PACKAGES, trouble::Trouble};

pub(crate) use plan::table;
use progress::Bar;
use vetting::Vetted;

/// Where the packages of this person are.
pub(crate) fn home() -> Result<Home, Trouble> {
    Ok(Home::find(|name| std::env::var_os(name))?)
}

/// The packages of this person, in reach.
pub(crate) struct Packages<'a> {
    pub(crate) workspace: &'a Workspace<'a>,
    /// What is installed.
    pub(crate) registry: Registry,
    vetted: &'a Vetted<'a>,
    bar: &'a Bar,
}

impl Packages<'_> {
    /// How it stands with the signature of a published version, in words.
    pub(crate) fn signature(
        &self,
        source: &dyn Source,
        name: &Name,
        version: &Version,
        digest: Digest,
    ) -> String {
        self.vetted.signature(source, name, version, digest)
    }
}

/// Does something with the packages of this person: for the project in a directory, with
/// its `cm.toml` and `cm.lock`, if one is given.
pub(crate) fn with<T>(
    project: Option<&Path>,
    options: &Options,
    work: impl FnOnce(&mut Packages<'_>) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let home = home()?;
    let trust = Trust::of(&home);
    let store = Store::of(&home);
    let registries = Registries::read(&home)?;
    let vetted = Vetted {
        trust: &trust,
        store: &store,
        registries: &registries,
        options,
        looked: Looked::default(),
    };
    let bar = Bar::new();
    let show = |event: &Event| bar.show(event);
    let mut workspace = Workspace::open(home)?
        .with_vetting(&vetted)
        .with_git(&git::clone)
        .with_progress(&show);
    if let Some(project) = project {
        workspace = workspace.with_project(project);
    }
    let (registry, notices) = workspace.registry(PACKAGES)?;
    for notice in notices {
        crate::view::notice(&notice.to_string());
    }
    work(&mut Packages {
        workspace: &workspace,
        registry,
        vetted: &vetted,
        bar: &bar,
    })
}
