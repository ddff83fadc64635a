use super::fields::{Fields, text};
use super::{agent, step, word};
use crate::model::Workflow;
use crate::problem::{Position, Problems};
use crate::yaml::{self, Value};

const KNOWN: [&str; 6] = ["name", "description", "mode", "defaults", "state", "steps"];

/// Keys that are part of the language and not built yet.
const LATER: [&str; 13] = [
    "specification",
    "tracks",
    "conditions",
    "controller",
    "budget",
    "inputs",
    "outputs",
    "timeout",
    "workspace",
    "isolation",
    "directives",
    "agents",
    "on-failure",
];

/// Reads a `workflow.yaml`.
pub(super) fn read(source: &str, problems: &mut Problems) -> Option<Workflow> {
    let root = match yaml::parse(source) {
        Ok(root) => root,
        Err(error) => {
            problems.error(error.at, error.message, error.help.unwrap_or_default());
            return None;
        }
    };
    if root.value == Value::Null {
        problems.error(
            Position::FILE,
            "the file is empty",
            "a workflow has a `name:` and `steps:`",
        );
        return None;
    }
    let fields = Fields::of("a workflow", &root, "name: My workflow", problems)?;
    let mut workflow = Workflow::default();
    match fields.node("name") {
        Some(_) => {
            workflow.name = fields
                .text("name", problems)
                .map(|text| text.owned())
                .unwrap_or_default()
        }
        None => problems.error(
            root.at,
            "the workflow has no `name`",
            "write `name: My workflow`",
        ),
    }
    workflow.description = fields
        .text("description", problems)
        .map(|text| text.owned());
    mode(&fields, problems);
    if let Some(node) = fields.node("defaults")
        && let Some(defaults) =
            Fields::of("`defaults`", node, "defaults: { engine: claude }", problems)
    {
        workflow.defaults = agent::choice(&defaults, problems);
        defaults.finish(
            &["engine", "model", "effort", "permissions"],
            &["timeout", "retry"],
            problems,
        );
    }
    for (key, node) in fields.map("state", problems) {
        if !word::is_name(&key.text) {
            problems.error(key.at, "this cannot be a key of the state", word::NAME_HELP);
        } else if node.value == Value::Null {
            workflow.state.push((key.text.clone(), String::new()));
        } else if let Value::Scalar { text, .. } = &node.value {
            workflow.state.push((key.text.clone(), text.clone()));
        } else {
            text(
                &format!("the value of `{}`", key.text),
                key.at,
                node,
                problems,
            );
        }
    }
    workflow.steps = steps(&fields, root.at, problems);
    fields.finish(&KNOWN, &LATER, problems);
    Some(workflow)
}

fn mode(fields: &Fields<'_>, problems: &mut Problems) {
    let Some(mode) = fields.text("mode", problems) else {
        return;
    };
    match mode.text {
        "continuous" => {}
        "manual" | "hybrid" | "autonomous" => {
            let message = format!("the mode `{}` is not supported yet", mode.text);
            problems.error(
                mode.at,
                message,
                "remove it: every step runs by itself, which is `continuous`",
            );
        }
        other => {
            let help = crate::suggest::help(
                other,
                ["continuous", "manual", "hybrid", "autonomous"],
                "modes",
            );
            problems.error(
                mode.at,
                format!("there is no mode `{}`", super::fields::short(other)),
                help,
            );
        }
    }
}

fn steps(fields: &Fields<'_>, root: Position, problems: &mut Problems) -> Vec<crate::model::Step> {
    match fields.node("steps") {
        None => {
            problems.error(
                root,
                "the workflow has no `steps`",
                "write `steps:` and below it `- agent: NAME` or `- run: COMMAND`",
            );
            Vec::new()
        }
        Some(node) => step::list("`steps`", node, step::Inside::Workflow, problems),
    }
}
