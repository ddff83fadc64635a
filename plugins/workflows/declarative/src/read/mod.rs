//! From the package's files to the model. Everything that is wrong is reported;
//! what can be understood is still given, so that a check shows all at once.

mod action;
mod agent;
mod data;
mod duration;
mod failure;
mod fields;
mod step;
mod word;
mod workflow;

use std::collections::BTreeMap;

use cm_sdk::workflow::{Error, message};

use crate::model::{Package, Step};
use crate::problem::{Position, Problems};
use crate::suggest;

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
    let source = match files.read(entry) {
        Ok(source) => source,
        Err(error) => {
            let help = match files
                .paths("")
                .into_iter()
                .find(|path| path.ends_with("workflow.yaml"))
            {
                Some(found) if found != entry => format!("there is a `{found}`"),
                _ => "a workflow is a file `workflow.yaml` with a name and steps".into(),
            };
            problems.error(
                Position::FILE,
                format!("the workflow `{entry}` cannot be read: {}", message(&error)),
                help,
            );
            return None;
        }
    };
    let workflow = workflow::read(&source, problems)?;
    let mut package = Package {
        entry: entry.into(),
        workflow,
        agents: BTreeMap::new(),
    };
    let known = agent::names(files);
    for step in all_steps(&package.workflow.steps) {
        let Some(used) = step.agent() else { continue };
        if package.agents.contains_key(&used.name) {
            continue;
        }
        if known.contains(&used.name) {
            let agent = agent::read(files, &used.name, used.prompt.is_some(), problems);
            package.agents.insert(used.name.clone(), agent);
        } else if used.prompt.is_none() {
            let mut help = suggest::help(&used.name, known.iter().map(String::as_str), "agents");
            help.push_str(&format!(
                "{} write agents/{}.md",
                suggest::or(&help),
                used.name
            ));
            problems.error(used.at, format!("there is no agent `{}`", used.name), help);
        }
    }
    Some(package)
}

/// Every step, each group before its children.
pub(crate) fn all_steps(steps: &[Step]) -> impl Iterator<Item = &Step> {
    steps
        .iter()
        .flat_map(|step| std::iter::once(step).chain(step.children()))
}
