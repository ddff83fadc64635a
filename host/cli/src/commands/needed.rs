//! Packages that runs still need.

use std::path::{Path, PathBuf};

use cm_journal::Journal;
use cm_registry::{Registry, Source};

use crate::{
    inbox, place,
    trouble::Trouble,
    view::{notice, text},
};

/// So many runs are named.
const NAMED: usize = 3;

/// Refuses to take away what runs use that can still go on; `name` is NAME or
/// NAME@VERSION.
pub(crate) fn by_runs(registry: &Registry, name: &str) -> Result<(), Trouble> {
    let (package, version) = name.split_once('@').unwrap_or((name, ""));
    let mut users = Vec::new();
    for project in projects() {
        let pins = match pins(&project) {
            Ok(pins) => pins,
            Err(error) => {
                let project = text::clean(&project.display().to_string());
                notice(&format!("the runs in {project} cannot be asked: {error}"));
                continue;
            }
        };
        for (run, pins) in pins {
            let used = pins.iter().find(|pin| {
                let named =
                    pin.package == package && (version.is_empty() || pin.version == version);
                let found = || registry.exactly(&pin.package, &pin.version, pin.digest);
                let installed = |source: &Source| matches!(source, Source::Installed(_));
                named
                    && found()
                        .ok()
                        .flatten()
                        .is_some_and(|it| installed(it.source()))
            });
            users.extend(used.map(|pin| (run, project.clone(), pin.version.clone())));
        }
    }
    let Some((run, _, used)) = users.first() else {
        return Ok(());
    };
    let named = users.iter().take(NAMED).map(|(run, project, version)| {
        let project = text::clean(&project.display().to_string());
        format!("run {run} in {project} ({version})")
    });
    let mut named = named.collect::<Vec<_>>().join(", ");
    if users.len() > NAMED {
        named.push_str(&format!(" and {} more", users.len() - NAMED));
    }
    let message = format!("{package} is used by a run that is not over: {named}");
    Err(Trouble::usage("still-used", message).help(format!(
        "go on with it first: cm resume {run}\nor end it: cm cancel {run}\nor remove it all the same, and go on with another version: cm remove {package}@{used} --force, then cm resume {run} --upgrade"
    )))
}

/// All that are known, and this one.
fn projects() -> Vec<PathBuf> {
    let mut projects = inbox::known();
    if let Ok(here) = place::project(None)
        && !projects.contains(&here)
    {
        projects.push(here);
    }
    projects
}

fn pins(
    project: &Path,
) -> Result<Vec<(String, Vec<cm_orchestrator::Pin>)>, cm_journal::JournalError> {
    let journal = Journal::open_existing(&project.join(place::STATE))?;
    let pins = journal.map(|journal| journal.pins()).transpose()?;
    Ok(pins.unwrap_or_default().into_iter().collect())
}
