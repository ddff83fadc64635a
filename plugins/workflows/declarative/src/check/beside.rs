//! What is said of steps that run beside others: classes, workspaces, merging.

use std::collections::BTreeSet;

use crate::model::{Merge, Step, Workflow};
use crate::problem::Problems;
use crate::read::all_steps;
use crate::suggest;

/// Classes that are there without being named.
const ALWAYS: [&str; 2] = ["agents", "commands"];

/// Whether every class that a step names is there.
pub(super) fn classes(workflow: &Workflow, problems: &mut Problems) {
    let named = workflow.classes.iter().map(|class| class.name.as_str());
    let known: BTreeSet<&str> = named.chain(ALWAYS).collect();
    for step in all_steps(&workflow.steps) {
        let Some((class, at)) = &step.class else {
            continue;
        };
        if !known.contains(class.as_str()) && !problems.full() {
            let mut help = suggest::help(class, known.iter().copied(), "classes");
            help.push_str(&format!(
                "{} write `classes: {{ {class}: 1 }}` at the top",
                suggest::or(&help)
            ));
            problems.error(*at, format!("there is no class `{class}`"), help);
        }
    }
}

/// What a step or a group says of its workspace.
pub(super) fn check(step: &Step, child: bool, problems: &mut Problems) {
    let merges = |step: &Step| {
        let workspace = step.workspace.as_ref();
        workspace.is_some_and(|workspace| workspace.merge != Merge::Never)
    };
    let any = merges(step) || step.children().iter().any(merges);
    if let Some(check) = step.checks.first()
        && !any
        && !child
    {
        problems.error(
            check.line.at,
            "`checks` are run after each merge, and nothing is merged here",
            "write `workspace: own`, or make the check a step of its own",
        );
    }
    let mut seen = BTreeSet::new();
    for (id, at) in &step.merge_order {
        let member = step.children().iter().find(|child| child.id == *id);
        match member {
            None => {
                let ids = step.children().iter().map(|child| child.id.as_str());
                problems.error(
                    *at,
                    format!("the group `{}` has no step `{id}`", step.id),
                    suggest::help(id, ids, "its steps"),
                );
            }
            Some(member) if !merges(member) => problems.error(
                *at,
                format!("the step `{id}` has no workspace that is merged"),
                "write `workspace: own` at it or at the group, or remove it here",
            ),
            Some(_) if !seen.insert(id) => {
                problems.error(*at, format!("`{id}` is here twice"), "keep one of the two");
            }
            Some(_) => {}
        }
    }
}
