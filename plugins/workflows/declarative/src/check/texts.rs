//! The texts of a workflow, each with what it can use.

use std::collections::BTreeSet;

use super::inputs;
use super::order::Order;
use super::references::Reader;
use crate::model::{Action, Agent, AgentStep, Package, Step, Who};
use crate::problem::{Position, Problems};
use crate::shell;
use crate::template::Template;

/// The texts of a step.
pub(super) fn of_step<'m>(
    package: &'m Package,
    order: &Order<'m>,
    top: usize,
    step: &'m Step,
    problems: &mut Problems,
) {
    let mut reader = Reader {
        order,
        top,
        id: &step.id,
        inputs: &[],
        after: false,
        amid: false,
        when: order.when(top, step),
    };
    match &step.action {
        Action::Agent(agent) => of_agent(package, &mut reader, agent, problems),
        Action::Run(command) => {
            line(&reader, &command.line, problems);
            let triggered = &command.directives.trigger;
            of_others(package, &reader, &command.agents, triggered, problems);
        }
        Action::Ask(question) | Action::Approve(question) => {
            reader.check(&question.prompt, problems);
            question
                .details
                .iter()
                .for_each(|details| reader.check(details, problems));
        }
        Action::Component { input, .. } => {
            input
                .templates()
                .into_iter()
                .for_each(|template| reader.check(template, problems));
        }
        Action::Parallel(_) | Action::Separator(_) => {}
    }
    reader.inputs = &[];
    reader.after = true;
    step.set
        .iter()
        .for_each(|(_, template)| reader.check(template, problems));
    // What is looked at when the step is over.
    let proof = step
        .produces
        .iter()
        .filter_map(|produces| produces.run.as_ref());
    for command in proof.chain(&step.checks) {
        line(&reader, &command.line, problems);
    }
    let solvers = step.workspace.iter();
    for (name, _) in solvers.filter_map(|workspace| workspace.conflicts.as_ref()) {
        if let Some(agent) = package.agents.get(name) {
            own(&reader, agent, problems);
        }
    }
}

/// A command, whose values must not become code.
fn line<'m>(reader: &Reader<'_, 'm>, line: &'m Template, problems: &mut Problems) {
    reader.check(line, problems);
    if let Err(refusal) = shell::line(line) {
        problems.error(refusal.at, refusal.message, refusal.help);
    }
}

/// What the controller is told first.
pub(super) fn of_controller<'m>(package: &'m Package, order: &Order<'m>, problems: &mut Problems) {
    let Some(controller) = &package.workflow.drive.controller else {
        return;
    };
    let reader = Reader {
        order,
        top: 0,
        id: "",
        inputs: &[],
        after: false,
        amid: false,
        when: Vec::new(),
    };
    match &controller.who {
        Who::Agent(name) => {
            if let Some(agent) = package.agents.get(name) {
                own(&reader, agent, problems);
            }
        }
        Who::Component(_, config) => {
            for template in config.templates() {
                reader.check(template, problems);
            }
        }
    }
}

fn of_agent<'m>(
    package: &'m Package,
    reader: &mut Reader<'_, 'm>,
    step: &'m AgentStep,
    problems: &mut Problems,
) {
    for (_, template) in &step.input {
        reader.check(template, problems);
    }
    reader.inputs = &step.input;
    let file = package.agents.get(&step.name);
    match (&step.prompt, file) {
        // The agent's own prompt with that of the call below it, which is data.
        (Some(prompt), Some(file)) if package.is_script() => {
            within(&file.path, problems, |problems| {
                reader.check(prompt, problems)
            });
        }
        (Some(prompt), _) => reader.check(prompt, problems),
        (None, Some(file)) => {
            within(&file.path, problems, |problems| {
                reader.check(&file.prompt, problems)
            });
        }
        (None, None) => {}
    }
    let mut used: Vec<&Template> = step.prompt.iter().collect();
    if let Some(file) = file {
        if step.prompt.is_none() {
            used.push(&file.prompt);
        }
        used.extend(&file.include);
        used.extend(file.chain.iter().map(|chained| &chained.prompt));
        included(reader, file, problems);
        for chained in &file.chain {
            let mut reader = reader.clone();
            reader.amid = true;
            reader.when.push(&chained.when);
            within(&chained.path, problems, |problems| {
                reader.check(&chained.prompt, problems)
            });
        }
    }
    let other = file.map(|file| &file.behaviour);
    let helpers = step.behaviour.agents.as_deref();
    let helpers = helpers
        .or_else(|| other?.agents.as_deref())
        .unwrap_or_default();
    let directives = step.behaviour.directives.as_ref();
    let triggered = directives
        .or_else(|| other?.directives.as_ref())
        .map(|directives| directives.trigger.as_slice())
        .unwrap_or_default();
    of_others(package, reader, helpers, triggered, problems);
    // Those who work for the step are given its inputs too.
    let names = helpers.iter().chain(triggered).map(|(name, _)| name);
    for agent in names.filter_map(|name| package.agents.get(name)) {
        used.push(&agent.prompt);
        used.extend(&agent.include);
    }
    if !used.is_empty() {
        inputs::unused(&step.input, &used, problems);
    }
}

/// Agents that a step may start, or that it may have run.
fn of_others<'m>(
    package: &'m Package,
    reader: &Reader<'_, 'm>,
    helpers: &'m [(String, Position)],
    triggered: &'m [(String, Position)],
    problems: &mut Problems,
) {
    let names: BTreeSet<&str> = helpers
        .iter()
        .chain(triggered)
        .map(|(name, _)| name.as_str())
        .collect();
    for name in names {
        if let Some(agent) = package.agents.get(name) {
            own(reader, agent, problems);
        }
    }
}

/// An agent's own prompt, and what it includes.
fn own<'m>(reader: &Reader<'_, 'm>, agent: &'m Agent, problems: &mut Problems) {
    within(&agent.path, problems, |problems| {
        reader.check(&agent.prompt, problems)
    });
    included(reader, agent, problems);
}

fn included(reader: &Reader<'_, '_>, agent: &Agent, problems: &mut Problems) {
    for (path, template) in agent.included.iter().zip(&agent.include) {
        within(path, problems, |problems| reader.check(template, problems));
    }
}

/// Reports what is found in another file.
fn within(path: &str, problems: &mut Problems, check: impl FnOnce(&mut Problems)) {
    let entry = problems.enter(path);
    check(problems);
    problems.enter(&entry);
}
