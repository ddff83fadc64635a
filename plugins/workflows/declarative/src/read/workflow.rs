use super::fields::Fields;
use super::reading::Reading;
use super::{agent, drive, limits, questions, sources, state, step};
use crate::model::{Step, Workflow};
use crate::problem::{Position, Problems};
use crate::yaml::{self, Value};

const KNOWN: [&str; 17] = [
    "name",
    "description",
    "mode",
    "autonomous",
    "controller",
    "specification",
    "project-name",
    "tracks",
    "conditions",
    "state",
    "files",
    "defaults",
    "budget",
    "concurrency",
    "classes",
    "fail-fast",
    "steps",
];

/// Keys that are part of the language and not built yet.
const LATER: [&str; 8] = [
    "inputs",
    "outputs",
    "timeout",
    "workspace",
    "isolation",
    "directives",
    "agents",
    "on-failure",
];

const SPECIFICATION: [&str; 3] = ["required", "optional", "none"];

/// Reads a `workflow.yaml`.
pub(super) fn read(source: &str, reading: &mut Reading<'_>) -> Option<Workflow> {
    let problems = &mut *reading.problems;
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
    let mut workflow = Workflow {
        name: name(&fields, root.at, problems),
        description: fields
            .text("description", problems)
            .map(|text| text.owned()),
        drive: drive::read(&fields, problems),
        specification: fields
            .word("specification", &SPECIFICATION, problems)
            .unwrap_or_else(|| "optional".into()),
        specification_at: fields.key("specification").unwrap_or_default(),
        ask_project_name: fields.word("project-name", &["ask"], problems).is_some(),
        choices: questions::read(&fields, problems),
        budget: limits::budget(&fields, problems),
        classes: limits::classes(&fields, problems),
        fail_fast: fields.truth("fail-fast", problems).unwrap_or_default(),
        ..Workflow::default()
    };
    defaults(&fields, &mut workflow, problems);
    workflow.state = state::read(&fields, reading);
    workflow.files = sources::read(&fields, reading);
    workflow.steps = steps(&fields, root.at, reading);
    fields.finish(&KNOWN, &LATER, reading.problems);
    Some(workflow)
}

fn name(fields: &Fields<'_>, root: Position, problems: &mut Problems) -> String {
    if fields.node("name").is_none() {
        problems.error(
            root,
            "the workflow has no `name`",
            "write `name: My workflow`",
        );
    }
    let name = fields.text("name", problems);
    name.map(|text| text.owned()).unwrap_or_default()
}

fn defaults(fields: &Fields<'_>, workflow: &mut Workflow, problems: &mut Problems) {
    let Some(node) = fields.node("defaults") else {
        return;
    };
    let example = "defaults: { engine: claude }";
    if let Some(defaults) = Fields::of("`defaults`", node, example, problems) {
        workflow.defaults = agent::choice(&defaults, problems);
        workflow.interactive = defaults.truth("interactive", problems);
        defaults.finish(
            &[
                "engine",
                "engines",
                "on",
                "model",
                "effort",
                "permissions",
                "options",
                "interactive",
            ],
            &["timeout", "retry"],
            problems,
        );
    }
}

fn steps(fields: &Fields<'_>, root: Position, reading: &mut Reading<'_>) -> Vec<Step> {
    match fields.node("steps") {
        None => {
            reading.problems.error(
                root,
                "the workflow has no `steps`",
                "write `steps:` and below it `- agent: NAME` or `- run: COMMAND`",
            );
            Vec::new()
        }
        Some(node) => step::list("`steps`", node, step::Inside::Workflow, reading),
    }
}
