//! The agents that a workflow names, and whom they name.

use super::agent;
use super::reading::Reading;
use crate::model::{Action, Agent, Directives, Package, Who};
use crate::problem::Position;
use crate::suggest;

/// An agent that somebody names.
struct Wanted {
    name: String,
    at: Position,
    /// The file in which it is named.
    path: String,
    /// It must have a file.
    file: bool,
    /// It must have a prompt of its own.
    prompt: bool,
}

/// Reads every agent that is named, and says which are not there.
pub(super) fn load(package: &mut Package, reading: &mut Reading<'_>) {
    let known = agent::names(reading);
    let mut queue = of_workflow(package);
    package.agents.append(&mut reading.agents);
    let mut next = 0;
    // Agents name others, which are read in turn; each only once.
    while next < queue.len() {
        let Some(wanted) = queue.get(next) else { break };
        next += 1;
        if package.agents.contains_key(&wanted.name) {
            continue;
        }
        if known.contains(&wanted.name) {
            let name = wanted.name.clone();
            let prompt = queue.iter().any(|other| other.name == name && other.prompt);
            let agent = agent::read(&name, !prompt, reading);
            of_agent(&agent, &mut queue);
            package.agents.insert(name, agent);
        } else if wanted.file && !reading.problems.full() {
            let mut help = suggest::help(&wanted.name, known.iter().map(String::as_str), "agents");
            help.push_str(&format!(
                "{} write agents/{}.md",
                suggest::or(&help),
                wanted.name
            ));
            let entry = reading.problems.enter(&wanted.path);
            reading.problems.error(
                wanted.at,
                format!("there is no agent `{}`", wanted.name),
                help,
            );
            reading.problems.enter(&entry);
        }
    }
}

fn of_workflow(package: &Package) -> Vec<Wanted> {
    let path = package.entry.as_str();
    let mut queue = Vec::new();
    if let Some(controller) = &package.workflow.drive.controller
        && let Who::Agent(name) = &controller.who
    {
        queue.push(wanted(name, controller.at, path, true));
    }
    for step in super::all_steps(&package.workflow.steps) {
        let conflicts = step.workspace.iter();
        for (name, at) in conflicts.filter_map(|workspace| workspace.conflicts.as_ref()) {
            queue.push(wanted(name, *at, path, false));
        }
        match &step.action {
            Action::Agent(agent) => {
                let own = agent.prompt.is_none();
                queue.push(Wanted {
                    // In a script the prompt of a call stands below the agent's own.
                    file: own || path == super::SCRIPT,
                    ..wanted(&agent.name, agent.at, path, own)
                });
                named(
                    agent.behaviour.agents.as_deref(),
                    agent.behaviour.directives.as_ref(),
                    path,
                    &mut queue,
                );
            }
            Action::Run(command) => named(
                Some(&command.agents),
                Some(&command.directives),
                path,
                &mut queue,
            ),
            _ => {}
        }
    }
    queue
}

fn of_agent(agent: &Agent, queue: &mut Vec<Wanted>) {
    named(
        agent.behaviour.agents.as_deref(),
        agent.behaviour.directives.as_ref(),
        &agent.path,
        queue,
    );
}

/// Helpers and agents that are triggered. What a helper does it is told when it is
/// started.
fn named(
    helpers: Option<&[(String, Position)]>,
    directives: Option<&Directives>,
    path: &str,
    queue: &mut Vec<Wanted>,
) {
    for (name, at) in helpers.unwrap_or_default() {
        queue.push(wanted(name, *at, path, false));
    }
    for (name, at) in directives.iter().flat_map(|directives| &directives.trigger) {
        queue.push(wanted(name, *at, path, true));
    }
}

fn wanted(name: &str, at: Position, path: &str, prompt: bool) -> Wanted {
    Wanted {
        name: name.into(),
        at,
        path: path.into(),
        file: true,
        prompt,
    }
}
