//! From the package's files to the model. Everything that is wrong is reported;
//! what can be understood is still given, so that a check shows all at once.

mod action;
mod agent;
mod behaviour;
mod chain;
mod data;
mod directives;
mod drive;
mod duration;
mod engines;
mod failure;
mod fields;
mod folder;
mod front;
mod identity;
mod json;
mod keys;
mod limits;
mod options;
mod produces;
mod questions;
mod reading;
mod schema;
mod script;
mod selector;
mod sources;
mod state;
mod step;
mod tools;
mod wanted;
mod word;
mod workflow;
mod workspace;

use cm_sdk::workflow::{Error, message};

use crate::model::{Action, Package, Step};
use crate::problem::{Position, Problems};
use reading::Reading;

/// What messages call a coordination script, and what an entry begins with that is
/// one and no file: this and a colon.
pub(crate) const SCRIPT: &str = "script";

/// The files of a package, read-only.
pub trait Files {
    /// Paths with `/`, relative to the package, sorted, that begin with `prefix`.
    fn paths(&self, prefix: &str) -> Vec<String>;
    /// A text file.
    fn read(&self, path: &str) -> Result<String, Error>;
}

/// Reads `entry` and the agents it names. None when nothing of the workflow can
/// be understood.
pub fn package(files: &dyn Files, entry: &str, problems: &mut Problems) -> Option<Package> {
    let mut reading = Reading::new(files, problems);
    if let Some(text) = entry
        .strip_prefix(SCRIPT)
        .and_then(|rest| rest.strip_prefix(':'))
    {
        return script::package(text, &mut reading);
    }
    let source = match reading.text(entry) {
        Ok(source) => source,
        Err(error) => {
            let found = reading.paths("");
            let help = match found
                .into_iter()
                .find(|path| path.ends_with("workflow.yaml"))
            {
                Some(found) if found != entry => format!("there is a `{found}`"),
                _ => "a workflow is a file `workflow.yaml` with a name and steps".into(),
            };
            reading.problems.error(
                Position::FILE,
                format!("the workflow `{entry}` cannot be read: {}", message(&error)),
                help,
            );
            return None;
        }
    };
    let mut package = Package {
        entry: entry.into(),
        workflow: workflow::read(&source, &mut reading)?,
        ..Package::default()
    };
    wanted::load(&mut package, &mut reading);
    crate::check::selectors(&package, reading.problems);
    place_selectors(&mut package);
    package.used = reading.used;
    Some(package)
}

/// What an agent's file says of when it takes part holds for the steps that do not
/// say it themselves.
fn place_selectors(package: &mut Package) {
    let agents = &package.agents;
    for step in &mut package.workflow.steps {
        let own = |step: &mut Step| {
            if let Some(agent) = step.agent()
                && agent.behaviour.when.is_none()
                && let Some(when) = agents
                    .get(&agent.name)
                    .and_then(|file| file.behaviour.when.clone())
            {
                step.when = when;
            }
        };
        own(step);
        if let Action::Parallel(children) = &mut step.action {
            children.iter_mut().for_each(own);
        }
    }
    for agent in package.agents.values_mut() {
        agent.behaviour.when = None;
    }
}

/// Every step, each group before its children.
pub(crate) fn all_steps(steps: &[Step]) -> impl Iterator<Item = &Step> {
    steps
        .iter()
        .flat_map(|step| std::iter::once(step).chain(step.children()))
}
