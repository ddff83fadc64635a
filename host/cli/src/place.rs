use std::path::{Path, PathBuf};

use cm_distribution::Lock;
use cm_journal::Journal;
use cm_registry::Registry;
use cm_runtime::{Limits, Runtime};

use crate::{embedded::PACKAGES, trouble::Trouble};

/// Where a project keeps its runs, below its directory.
pub(crate) const STATE: &str = ".codemachine";

/// The packages on this machine. What is wrong with the home is said once, on
/// standard error, and is no reason to stop.
pub(crate) fn registry() -> Result<Registry, Trouble> {
    let (registry, notices) = Registry::open(crate::packaging::home()?, PACKAGES)?;
    for notice in notices {
        crate::view::notice(&notice.to_string());
    }
    Ok(registry)
}

/// The same for work in a project: names mean the versions of its `cm.lock`, and its
/// policy holds too.
pub(crate) fn registry_for(project: &Path) -> Result<Registry, Trouble> {
    let lock = Lock::read(&project.join(Lock::FILE))?.unwrap_or_default();
    let pins = lock.versions().into_iter();
    let pins = pins.map(|(name, version)| (name.to_string(), version));
    Ok(registry()?
        .with_project_policy(project, false)?
        .with_pins(pins.collect()))
}

/// The runtime, with its cache in the home.
pub(crate) fn runtime(registry: &Registry) -> Result<Runtime, Trouble> {
    let cache = registry.home().cache();
    Ok(Runtime::new(Some(cache), Limits::default())?)
}

/// The directory that a run works in.
pub(crate) fn directory(named: Option<&Path>) -> Result<PathBuf, Trouble> {
    let directory = match named {
        Some(directory) => directory.to_owned(),
        None => std::env::current_dir().map_err(|error| {
            Trouble::new(
                "no-directory",
                format!("the current directory cannot be used: {error}"),
            )
        })?,
    };
    let found = std::fs::canonicalize(&directory).map_err(|error| {
        Trouble::usage(
            "no-directory",
            format!("`{}` cannot be worked in: {error}", directory.display()),
        )
    })?;
    if found.is_dir() {
        Ok(found)
    } else {
        let message = format!("`{}` is not a directory", directory.display());
        Err(Trouble::usage("no-directory", message))
    }
}

/// The nearest directory, from here upwards, that has runs; else this one.
pub(crate) fn project(named: Option<&Path>) -> Result<PathBuf, Trouble> {
    let here = directory(named)?;
    if named.is_some() {
        return Ok(here);
    }
    let with_runs = here
        .ancestors()
        .find(|above| above.join(STATE).join("journal.db").is_file());
    Ok(with_runs.unwrap_or(&here).to_owned())
}

/// The journal of a project that has runs.
pub(crate) fn journal(named: Option<&Path>) -> Result<Option<Journal>, Trouble> {
    Ok(Journal::open_existing(&project(named)?.join(STATE))?)
}

/// The same, for a command that needs one.
pub(crate) fn journal_with_runs(named: Option<&Path>) -> Result<Journal, Trouble> {
    journal(named)?.ok_or_else(|| {
        Trouble::usage(
            "no-runs",
            "there are no runs here: no `.codemachine` in this directory or above it",
        )
        .help("go to the project, or name it with --dir; `cm run WORKFLOW` starts a run")
    })
}
