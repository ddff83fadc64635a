use super::fields::{Fields, short};
use super::{action, duration, failure, word};
use crate::model::{Action, Step};
use crate::problem::{Position, Problems};
use crate::template::Template;
use crate::yaml::{Node, Value};

const KINDS: [&str; 5] = ["agent", "run", "ask", "step", "parallel"];
const COMMON: [&str; 7] = [
    "id",
    "label",
    "timeout",
    "retry",
    "on-failure",
    "set",
    "save",
];

/// Keys that are part of the language and not built yet.
const LATER: [&str; 22] = [
    "when",
    "if",
    "tracks",
    "conditions",
    "conditions-any",
    "interactive",
    "controller",
    "directives",
    "budget",
    "needs",
    "isolation",
    "workspace",
    "produces",
    "schema",
    "output",
    "fallback",
    "for-each",
    "execute-once",
    "mcp",
    "tools",
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
pub(super) fn list(what: &str, node: &Node, inside: Inside, problems: &mut Problems) -> Vec<Step> {
    let Value::List(items) = &node.value else {
        problems.error(
            node.at,
            format!("{what} must be a list, and this is {}", node.kind()),
            format!("write each step like `{EXAMPLE}`"),
        );
        return Vec::new();
    };
    if items.is_empty() {
        problems.error(
            node.at,
            format!("{what} is empty"),
            format!("write a step like `{EXAMPLE}`"),
        );
    }
    items
        .iter()
        .filter_map(|item| read(item, inside, problems))
        .collect()
}

fn read(node: &Node, inside: Inside, problems: &mut Problems) -> Option<Step> {
    let fields = Fields::of("a step", node, EXAMPLE, problems)?;
    let kinds: Vec<_> = KINDS
        .into_iter()
        .filter(|kind| fields.node(kind).is_some())
        .collect();
    let kind = match kinds[..] {
        [kind] => kind,
        [] => {
            problems.error(
                node.at,
                "this step does nothing",
                "a step has one of `agent`, `run`, `ask`, `step`, `parallel`",
            );
            fields.finish(
                &[&KINDS[..], &COMMON, &["input", "prompt", "choices"]].concat(),
                &LATER,
                problems,
            );
            return None;
        }
        [first, second, ..] => {
            let at = fields.key(second).unwrap_or(node.at);
            problems.error(
                at,
                format!("a step cannot have both `{first}` and `{second}`"),
                "make two steps of it",
            );
            return None;
        }
    };
    let (action, own, default): (_, &[&str], _) = match kind {
        "agent" => action::agent_step(&fields, problems),
        "run" => {
            let line = fields.text("run", problems);
            let slug = line
                .as_ref()
                .map_or(Some(String::new()), |line| word::slug(&line.template()));
            (line.map(|line| Action::Run(line.template())), &[], slug)
        }
        "ask" => action::ask(&fields, problems),
        "step" => action::component(&fields, problems),
        _ => action::parallel(&fields, inside, problems),
    };
    let mut step = Step {
        id: String::new(),
        at: fields.key("id").or(fields.key(kind)).unwrap_or(node.at),
        label: fields.text("label", problems).map(|text| text.owned()),
        // A step that cannot be understood is still known by its id.
        action: action.unwrap_or(Action::Run(Template::default())),
        timeout: duration::read(&fields, "timeout", problems),
        attempts: fields.count("retry", 100, problems).unwrap_or(1),
        on_failure: failure::read(&fields, problems),
        set: action::pairs(&fields, "set", problems),
        save: save(&fields, problems),
    };
    step.id = id(&fields, default, step.at, problems);
    // A group has neither a time nor attempts of its own.
    let common: Vec<&str> = COMMON
        .into_iter()
        .filter(|key| kind != "parallel" || !matches!(*key, "timeout" | "retry"))
        .collect();
    fields.finish(&[&[kind], own, &common].concat(), &LATER, problems);
    Some(step)
}

fn id(
    fields: &Fields<'_>,
    default: Option<String>,
    at: Position,
    problems: &mut Problems,
) -> String {
    if fields.node("id").is_some() {
        let Some(id) = fields.text("id", problems) else {
            return String::new();
        };
        if !word::is_name(id.text) {
            problems.error(
                id.at,
                format!("`{}` cannot be an id", short(id.text)),
                word::NAME_HELP,
            );
        } else if matches!(id.text, "state" | "input") {
            problems.error(
                id.at,
                format!("`{}` cannot be an id", id.text),
                "it has a meaning of its own in placeholders",
            );
        } else {
            return id.owned();
        }
        return String::new();
    }
    default.unwrap_or_else(|| {
        problems.error(
            at,
            "this step needs an `id`",
            "none can be made of what it does",
        );
        String::new()
    })
}

fn save(fields: &Fields<'_>, problems: &mut Problems) -> Vec<String> {
    let mut names = Vec::new();
    for name in fields.texts("save", problems) {
        if word::is_file_name(name.text) {
            names.push(name.owned());
        } else {
            problems.error(
                name.at,
                format!("`{}` cannot be the name of an artifact", short(name.text)),
                "a file's name without a path, like `report.md`",
            );
        }
    }
    names
}
