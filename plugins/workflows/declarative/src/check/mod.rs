//! What the parts of a workflow say of each other: ids, loops, placeholders.
//! (That each part is well made by itself, `read` has seen to.)

mod absent;
mod beside;
mod choices;
mod grants;
mod inputs;
mod loops;
mod needs;
mod order;
mod references;
mod reserved;
mod settings;
mod texts;
mod unused;
mod ways;

use cm_sdk::workflow::Findings;

use crate::component;
use crate::model::{Package, Step, Workflow};
use crate::problem::Problems;
use crate::read::Files;
pub(crate) use choices::selectors;
use order::Order;
pub(crate) use settings::SETTINGS;
pub(crate) use unused::check as unused;

/// Checks the package that `entry` begins: everything that is wrong, and what it
/// would run.
pub fn check(files: &dyn Files, entry: &str) -> Findings {
    component::findings(files, entry)
}

/// Checks what was read.
pub(crate) fn package(package: &Package, problems: &mut Problems) {
    let steps = &package.workflow.steps;
    let order = Order::of(package, problems);
    needs::check(steps, &order, problems);
    loops::check(steps, &order, problems);
    beside::classes(&package.workflow, problems);
    texts::of_controller(package, &order, problems);
    for (top, step) in steps.iter().enumerate() {
        conversations(step, problems);
        let children = step.children().iter().map(|child| (child, true));
        for (step, child) in std::iter::once((step, false)).chain(children) {
            reserved::check(step, problems);
            ways::check(package, &order, top, child, step, problems);
            grants::check(package, step, problems);
            beside::check(step, child, problems);
            texts::of_step(package, &order, top, step, problems);
        }
    }
    specification(&package.workflow, &order, problems);
}

/// A specification that is asked for and never used was probably forgotten.
fn specification(workflow: &Workflow, order: &Order<'_>, problems: &mut Problems) {
    if workflow.specification == "required" && !order.specified.get() {
        problems.warning(
            workflow.specification_at,
            "a specification is required, but nothing uses it",
            "write {specification} where it belongs",
        );
    }
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
