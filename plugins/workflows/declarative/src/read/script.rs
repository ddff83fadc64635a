//! A coordination script as a workflow: `a[input:x.md] 'do' & b && c`.

use super::reading::Reading;
use super::{SCRIPT, wanted};
use crate::model::{
    Action, AgentStep, Behaviour, Choice, Directives, Drive, Package, Step, Workflow,
};
use crate::problem::Position;
use crate::template::{Part, Template};

pub(super) fn package(text: &str, reading: &mut Reading<'_>) -> Option<Package> {
    reading.problems.enter(SCRIPT);
    let script = match coordination::parse(text) {
        Ok(script) => script,
        Err(error) => {
            let at = Position {
                line: small(error.line),
                column: small(error.column),
            };
            reading.problems.error(at, error.fault.to_string(), "");
            return None;
        }
    };
    let mut workflow = Workflow {
        name: "Script".into(),
        drive: Drive {
            mode: "continuous".into(),
            autonomous: "start-autonomous".into(),
            controller: None,
        },
        specification: "optional".into(),
        ..Workflow::default()
    };
    let mut ids = Vec::new();
    for group in script.groups {
        let mut members: Vec<_> = group
            .into_iter()
            .map(|call| member(text, call, &mut ids))
            .collect();
        match members.len() {
            1 => workflow.steps.append(&mut members),
            _ => {
                let at = members.first().map(|step| step.at).unwrap_or_default();
                let id = unused("group", &mut ids);
                workflow
                    .steps
                    .push(Step::new(id, at, Action::Parallel(members)));
            }
        }
    }
    let mut package = Package {
        entry: SCRIPT.into(),
        workflow,
        ..Package::default()
    };
    wanted::load(&mut package, reading);
    adopt(&mut package);
    package.used = std::mem::take(&mut reading.used);
    Some(package)
}

fn member(text: &str, call: coordination::Call, ids: &mut Vec<String>) -> Step {
    let at = position(text, call.at);
    let data = |text: String| Template {
        at,
        parts: vec![Part::Text(text)],
    };
    let agent = AgentStep {
        name: call.agent.clone(),
        at,
        choice: Choice::default(),
        prompt: call.prompt.map(&data),
        input: Vec::new(),
        resume: false,
        behaviour: Behaviour::default(),
        files: call.inputs.into_iter().map(&data).collect(),
        tail: call.tail,
    };
    Step::new(unused(&call.agent, ids), at, Action::Agent(agent))
}

/// The name, or with the first number that makes it new.
fn unused(name: &str, ids: &mut Vec<String>) -> String {
    let mut id = name.to_string();
    let mut number = 2;
    while ids.contains(&id) {
        id = format!("{name}-{number}");
        number += 1;
    }
    ids.push(id.clone());
    id
}

/// The prompts of the calls stand below the agents' own. What an agent's file says
/// of a workflow that it is part of means nothing here: there are no choices, and no
/// steps to go to.
fn adopt(package: &mut Package) {
    let agents = &package.agents;
    let own = |step: &mut Step| {
        let Action::Agent(agent) = &mut step.action else {
            return;
        };
        let Some(file) = agents.get(&agent.name) else {
            return;
        };
        if let Some(call) = agent.prompt.take() {
            let mut prompt = file.prompt.clone();
            if !prompt.parts.is_empty() {
                prompt.parts.push(Part::Text("\n\n".into()));
            }
            prompt.parts.extend(call.parts);
            agent.prompt = Some(prompt);
        }
    };
    for step in &mut package.workflow.steps {
        own(step);
        if let Action::Parallel(children) = &mut step.action {
            children.iter_mut().for_each(own);
        }
    }
    for agent in package.agents.values_mut() {
        let behaviour = &mut agent.behaviour;
        behaviour.when = None;
        let Some(directives) = &mut behaviour.directives else {
            continue;
        };
        directives.back = None;
        directives.goto = None;
        if *directives == Directives::default()
            && let Some(tools) = &mut behaviour.tools
        {
            tools.retain(|tool| tool != "give_directive");
        }
    }
}

fn position(text: &str, at: usize) -> Position {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    Position {
        line: small(before.matches('\n').count() + 1),
        column: small(line.chars().count() + 1),
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
