//! What the parts of a workflow say of each other: ids, loops, placeholders.
//! (That each part is well made by itself, `read` has seen to.)

mod inputs;
mod loops;
mod order;
mod references;

use cm_sdk::workflow::Findings;

use crate::component;
use crate::model::{Action, Package, Step};
use crate::problem::Problems;
use crate::read::Files;
use crate::shell;
use order::Order;
use references::Reader;

/// Checks the package that `entry` begins: everything that is wrong, and what it
/// would run.
pub fn check(files: &dyn Files, entry: &str) -> Findings {
    component::findings(files, entry)
}

/// Checks what was read.
pub(crate) fn package(package: &Package, problems: &mut Problems) {
    let steps = &package.workflow.steps;
    let order = Order::of(&package.workflow, problems);
    loops::check(steps, &order, problems);
    for (top, step) in steps.iter().enumerate() {
        conversations(step, problems);
        for step in std::iter::once(step).chain(step.children()) {
            self::step(package, &order, top, step, problems);
        }
    }
}

fn step(package: &Package, order: &Order<'_>, top: usize, step: &Step, problems: &mut Problems) {
    let mut reader = Reader {
        order,
        top,
        step,
        inputs: &[],
        after: false,
    };
    match &step.action {
        Action::Agent(agent) => {
            for (_, template) in &agent.input {
                reader.check(template, problems);
            }
            reader.inputs = &agent.input;
            let own = package.agents.get(&agent.name);
            let prompt = agent.prompt.as_ref().or(own.map(|agent| &agent.prompt));
            if let Some(prompt) = &agent.prompt {
                reader.check(prompt, problems);
            } else if let Some(own) = own {
                let entry = problems.enter(&own.path);
                reader.check(&own.prompt, problems);
                problems.enter(&entry);
            }
            if let Some(prompt) = prompt {
                inputs::unused(&agent.input, prompt, problems);
            }
        }
        Action::Run(line) => {
            reader.check(line, problems);
            if let Err(refusal) = shell::line(line) {
                problems.error(refusal.at, refusal.message, refusal.help);
            }
        }
        Action::Ask(question) => {
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
        Action::Parallel(_) => {}
    }
    reader.inputs = &[];
    reader.after = true;
    step.set
        .iter()
        .for_each(|(_, template)| reader.check(template, problems));
}

/// Two turns cannot go on with one conversation at the same time.
fn conversations(group: &Step, problems: &mut Problems) {
    let mut known = Vec::new();
    for agent in group
        .children()
        .iter()
        .filter_map(Step::agent)
        .filter(|agent| agent.resume)
    {
        if known.contains(&agent.name.as_str()) {
            let message = format!(
                "two steps of this group go on with the conversation of `{}` at the same time",
                agent.name
            );
            problems.error(
                agent.at,
                message,
                "leave out `session: continue` at one of them",
            );
        }
        known.push(&agent.name);
    }
}
