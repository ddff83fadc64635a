use super::fields::{Fields, text};
use super::identity::{id, save};
use super::keys::{self, COMMON, GROUP, KINDS, LATER, WORK};
use super::reading::Reading;
use super::{action, behaviour, duration, failure, folder, limits, produces, selector, workspace};
use crate::model::{Action, CommandStep, Step};
use crate::problem::{Position, Problems};
use crate::yaml::{Node, Value};

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
        "separator" => steps.extend(separator(&fields, node.at, inside, problems)),
        "folder" => of_folder(&fields, node.at, inside, reading, steps),
        kind => {
            let (action, own, default) = match kind {
                "agent" => action::agent_step(&fields, reading),
                "run" => action::run(&fields, problems),
                "ask" => action::ask(&fields, problems),
                "approve" => action::approve(&fields, problems),
                "step" => action::component(&fields, problems),
                _ => action::parallel(&fields, inside, reading),
            };
            let at = fields.key("id").or(fields.key(kind)).unwrap_or(node.at);
            let mut step = common(&fields, at, reading);
            let problems = &mut *reading.problems;
            // A step that cannot be understood is still known by its id.
            step.action = action.unwrap_or(Action::Run(CommandStep::default()));
            step.label = fields.text("label", problems).map(|text| text.owned());
            step.id = id(&fields, default, at, problems);
            inherit(&mut step);
            alone(&fields, inside, problems);
            let known = [&[kind], &own[..], &keys::shared(kind, &own)].concat();
            fields.finish(&known, &LATER, problems);
            steps.push(step);
        }
    }
}

/// What a group says of workspaces holds for its steps that do not say it themselves.
fn inherit(group: &mut Step) {
    let Some(workspace) = group.workspace.clone() else {
        return;
    };
    if let Action::Parallel(children) = &mut group.action {
        for child in children {
            if matches!(child.action, Action::Agent(_) | Action::Run(_)) {
                child.workspace.get_or_insert_with(|| workspace.clone());
            }
        }
    }
}

/// Refuses what only means something for steps beside others.
fn alone(fields: &Fields<'_>, inside: Inside, problems: &mut Problems) {
    let is_group = fields.node("parallel").is_some();
    match inside {
        Inside::Group => {
            if let Some(at) = fields.key("needs") {
                problems.error(
                    at,
                    "the steps of a group begin together: `needs` is for steps of the workflow's own list",
                    "say `needs` at the group, or take the step out of it",
                );
            }
            if let Some(at) = fields.key("checks") {
                problems.error(
                    at,
                    "what is merged in a group is checked by the group",
                    "say `checks` at the group",
                );
            }
        }
        Inside::Workflow if fields.node("needs").is_none() && !is_group => {
            if let Some(at) = fields.key("workspace") {
                problems.error(
                    at,
                    "a workspace of its own is for steps that run beside others",
                    "put the step into a `parallel` group, or say what it `needs`",
                );
            }
        }
        Inside::Workflow => {}
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
                &WORK,
                &GROUP,
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
fn common(fields: &Fields<'_>, at: Position, reading: &mut Reading<'_>) -> Step {
    let produces = produces::read(fields, reading);
    let problems = &mut *reading.problems;
    let class = fields.text("class", problems);
    Step {
        when: selector::read(fields, problems).unwrap_or_default(),
        once: fields.truth("once", problems).unwrap_or_default(),
        timeout: duration::read(fields, "timeout", problems),
        idle_timeout: duration::read(fields, "idle-timeout", problems),
        retry: limits::retry(fields, problems),
        class: class.map(|text| (text.owned(), text.at)),
        needs: fields
            .node("needs")
            .map(|_| selector::names(fields, "needs", problems)),
        fail_fast: fields.truth("fail-fast", problems).unwrap_or_default(),
        workspace: workspace::read(fields, problems),
        checks: workspace::checks(fields, problems),
        merge_order: workspace::order(fields, problems),
        produces,
        on_failure: failure::read(fields, problems),
        set: action::pairs(fields, "set", problems),
        save: save(fields, problems),
        ..Step::new(String::new(), at, Action::Separator(String::new()))
    }
}

fn separator(
    fields: &Fields<'_>,
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
    let action = Action::Separator(label?.owned());
    Some(Step::new(String::new(), at, action))
}

/// Each prompt in the folder is a step; what else is said holds for all of them.
fn of_folder(
    fields: &Fields<'_>,
    at: Position,
    inside: Inside,
    reading: &mut Reading<'_>,
    steps: &mut Vec<Step>,
) {
    let found = folder::read(fields, reading);
    let at = fields.key("folder").unwrap_or(at);
    let template = common(fields, at, reading);
    for (id, action) in found {
        steps.push(Step {
            id,
            action,
            ..template.clone()
        });
    }
    alone(fields, inside, reading.problems);
    let common = keys::shared("folder", &[]);
    let common: Vec<&str> = common
        .into_iter()
        .filter(|key| !matches!(*key, "id" | "label") && !selector::KEYS.contains(key))
        .collect();
    let known = [&["folder"], &folder::KEYS[..], &behaviour::KEYS, &common].concat();
    fields.finish(&known, &LATER, reading.problems);
}
