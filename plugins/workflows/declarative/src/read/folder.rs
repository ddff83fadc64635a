use super::fields::{Fields, short};
use super::reading::Reading;
use super::{action, agent, behaviour, chain, word};
use crate::model::{Action, AgentStep};

/// Keys of a folder, beside those that every step has.
pub(super) const KEYS: [&str; 9] = [
    "input",
    "engine",
    "engines",
    "on",
    "model",
    "effort",
    "permissions",
    "options",
    "session",
];

/// A folder: each `NN-name.md` in it is an agent and a step. Gives the steps'
/// names and what they do.
pub(super) fn read(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Vec<(String, Action)> {
    let behaviour = behaviour::read(fields, reading);
    let Some(folder) = fields.text("folder", reading.problems) else {
        return Vec::new();
    };
    let template = AgentStep {
        name: String::new(),
        at: folder.at,
        behaviour,
        ..action::agent_parts(fields, reading.problems)
    };
    let directory = folder.text.trim_end_matches('/');
    let files = chain::numbered(directory, reading);
    if files.is_empty() {
        reading.problems.error(
            folder.at,
            format!("the folder `{}` has no prompts", short(folder.text)),
            format!("put files like `{directory}/01-name.md` into it"),
        );
    }
    let known = agent::names(reading);
    let mut steps = Vec::new();
    for file in files {
        let fault = if !word::is_name(&file.name) {
            Some(format!(
                "`{}` cannot be the name of a step",
                short(&file.name)
            ))
        } else if known.contains(&file.name) {
            Some(format!(
                "there is an agent `{}` in `agents/` too",
                file.name
            ))
        } else {
            None
        };
        if let Some(fault) = fault {
            let help = format!("rename `{}`", file.path);
            reading.problems.error(folder.at, fault, help);
            continue;
        }
        let agent = agent::file(&file.path, false, reading);
        reading.agents.insert(file.name.clone(), agent);
        let step = AgentStep {
            name: file.name.clone(),
            ..template.clone()
        };
        steps.push((file.name, Action::Agent(step)));
    }
    steps
}
