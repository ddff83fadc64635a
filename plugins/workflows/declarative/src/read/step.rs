use super::fields::{Fields, text};
use super::identity::{id, save};
use super::reading::Reading;
use super::{action, behaviour, duration, failure, folder, selector};
use crate::model::{Action, CommandStep, Step};
use crate::problem::{Position, Problems};
use crate::yaml::{Node, Value};

const KINDS: [&str; 8] = [
    "agent",
    "run",
    "ask",
    "approve",
    "step",
    "parallel",
    "folder",
    "separator",
];

/// Keys of every step.
const COMMON: [&str; 11] = [
    "id",
    "label",
    "tracks",
    "conditions",
    "conditions-any",
    "once",
    "timeout",
    "retry",
    "on-failure",
    "set",
    "save",
];

/// Keys that are part of the language and not built yet.
const LATER: [&str; 13] = [
    "when",
    "if",
    "controller",
    "budget",
    "needs",
    "isolation",
    "workspace",
    "produces",
    "output",
    "fallback",
    "for-each",
    "chained",
    "workflow",
];

const EXAMPLE: &str = "- agent: planner";

/// Where a list of steps is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Inside {
    Workflow,
    Group,
}

/// Reads a list of steps.
pub(super) fn list(
    what: &str,
    node: &Node,
    inside: Inside,
    reading: &mut Reading<'_>,
) -> Vec<Step> {
    let Value::List(items) = &node.value else {
        reading.problems.error(
            node.at,
            format!("{what} must be a list, and this is {}", node.kind()),
            format!("write each step like `{EXAMPLE}`"),
        );
        return Vec::new();
    };
    if items.is_empty() {
        reading.problems.error(
            node.at,
            format!("{what} is empty"),
            format!("write a step like `{EXAMPLE}`"),
        );
    }
    let mut steps = Vec::new();
    for item in items {
        read(item, inside, reading, &mut steps);
    }
    steps
}

fn read(node: &Node, inside: Inside, reading: &mut Reading<'_>, steps: &mut Vec<Step>) {
    let problems = &mut *reading.problems;
    let Some(fields) = Fields::of("a step", node, EXAMPLE, problems) else {
        return;
    };
    let Some(kind) = kind(&fields, node.at, problems) else {
        return;
    };
    match kind {
        "separator" => steps.extend(separator(fields, node.at, inside, problems)),
        "folder" => of_folder(fields, node.at, reading, steps),
        kind => {
            let (action, own, default) = match kind {
                "agent" => action::agent_step(&fields, reading),
                "run" => action::run(&fields, problems),
                "ask" => action::ask(&fields, problems),
                "approve" => action::approve(&fields, problems),
                "step" => action::component(&fields, problems),
                _ => action::parallel(&fields, inside, reading),
            };
            let problems = &mut *reading.problems;
            let at = fields.key("id").or(fields.key(kind)).unwrap_or(node.at);
            let mut step = common(&fields, at, problems);
            // A step that cannot be understood is still known by its id.
            step.action = action.unwrap_or(Action::Run(CommandStep::default()));
            step.label = fields.text("label", problems).map(|text| text.owned());
            step.id = id(&fields, default, at, problems);
            // A group has neither a time nor attempts of its own.
            let common: Vec<&str> = COMMON
                .into_iter()
                .filter(|key| !own.contains(key))
                .filter(|key| kind != "parallel" || !matches!(*key, "timeout" | "retry"))
                .collect();
            fields.finish(&[&[kind], &own[..], &common].concat(), &LATER, problems);
            steps.push(step);
        }
    }
}

/// What the step does: it has exactly one of the kinds.
fn kind(fields: &Fields<'_>, at: Position, problems: &mut Problems) -> Option<&'static str> {
    let kinds: Vec<_> = KINDS
        .into_iter()
        .filter(|kind| fields.node(kind).is_some())
        .collect();
    match kinds[..] {
        [kind] => Some(kind),
        [] => {
            problems.error(
                at,
                "this step does nothing",
                "a step has one of `agent`, `run`, `ask`, `approve`, `step`, `parallel`, `folder`, `separator`",
            );
            let known = [
                &KINDS[..],
                &COMMON,
                &behaviour::KEYS,
                &["input", "prompt", "choices", "details"],
            ];
            fields.finish(&known.concat(), &LATER, problems);
            None
        }
        [first, second, ..] => {
            problems.error(
                fields.key(second).unwrap_or(at),
                format!("a step cannot have both `{first}` and `{second}`"),
                "make two steps of it",
            );
            None
        }
    }
}

/// What every step has. What it does, its id and its label are filled in later.
fn common(fields: &Fields<'_>, at: Position, problems: &mut Problems) -> Step {
    Step {
        id: String::new(),
        at,
        label: None,
        action: Action::Separator(String::new()),
        when: selector::read(fields, problems).unwrap_or_default(),
        once: fields.truth("once", problems).unwrap_or_default(),
        timeout: duration::read(fields, "timeout", problems),
        attempts: fields.count("retry", 100, problems).unwrap_or(1),
        on_failure: failure::read(fields, problems),
        set: action::pairs(fields, "set", problems),
        save: save(fields, problems),
    }
}

fn separator(
    fields: Fields<'_>,
    at: Position,
    inside: Inside,
    problems: &mut Problems,
) -> Option<Step> {
    let node = fields.node("separator")?;
    let label = text("`separator`", at, node, problems);
    if inside == Inside::Group {
        problems.error(
            at,
            "a separator cannot be inside a group",
            "put it before the group",
        );
    }
    fields.finish(&["separator"], &[], problems);
    let label = label?.owned();
    Some(Step {
        action: Action::Separator(label),
        ..common(&fields, at, problems)
    })
}

/// Each prompt in the folder is a step; what else is said holds for all of them.
fn of_folder(fields: Fields<'_>, at: Position, reading: &mut Reading<'_>, steps: &mut Vec<Step>) {
    let found = folder::read(&fields, reading);
    let at = fields.key("folder").unwrap_or(at);
    let template = common(&fields, at, reading.problems);
    for (id, action) in found {
        steps.push(Step {
            id,
            action,
            ..template.clone()
        });
    }
    let common: Vec<&str> = COMMON
        .into_iter()
        .filter(|key| !matches!(*key, "id" | "label") && !selector::KEYS.contains(key))
        .collect();
    let known = [&["folder"], &folder::KEYS[..], &behaviour::KEYS, &common].concat();
    fields.finish(&known, &LATER, reading.problems);
}
