//! What a step does, by its kind.

use super::data::data;
use super::fields::{Fields, Text, short, text};
use super::reading::Reading;
use super::step::{Inside, list};
use super::{agent, behaviour, directives, selector, tools, word};
use crate::model::{Action, AgentStep, AskStep, Behaviour, CommandStep};
use crate::problem::{Position, Problems};
use crate::template::Template;
use crate::yaml::Value;

/// What the step does, its own keys, and the id it has when none is written.
pub(super) type Parts = (Option<Action>, Vec<&'static str>, Option<String>);

/// Keys of a step that runs an agent, beside those of its behaviour.
const AGENT: [&str; 10] = [
    "prompt",
    "input",
    "engine",
    "engines",
    "on",
    "model",
    "effort",
    "permissions",
    "options",
    "session",
];

pub(super) fn agent_step(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Parts {
    let keys = [&AGENT[..], &behaviour::KEYS].concat();
    let behaviour = behaviour::read(fields, reading);
    let problems = &mut *reading.problems;
    let Some(name) = fields.text("agent", problems) else {
        return (None, keys, Some(String::new()));
    };
    if !word::is_name(name.text) {
        problems.error(
            name.at,
            format!("`{}` cannot be the name of an agent", short(name.text)),
            word::AGENT_HELP,
        );
        return (None, keys, Some(String::new()));
    }
    let action = Action::Agent(AgentStep {
        name: name.owned(),
        at: name.at,
        prompt: fields.text("prompt", problems).map(|text| text.template()),
        behaviour,
        ..agent_parts(fields, problems)
    });
    (Some(action), keys, Some(name.owned()))
}

/// What steps with an agent and folders of them have in common.
pub(super) fn agent_parts(fields: &Fields<'_>, problems: &mut Problems) -> AgentStep {
    AgentStep {
        name: String::new(),
        at: Position::default(),
        choice: agent::choice(fields, problems),
        prompt: None,
        input: pairs(fields, "input", problems),
        resume: fields
            .word("session", &["new", "continue"], problems)
            .is_some_and(|word| word == "continue"),
        behaviour: Behaviour::default(),
        files: Vec::new(),
        tail: None,
    }
}

pub(super) fn run(fields: &Fields<'_>, problems: &mut Problems) -> Parts {
    let line = fields.text("run", problems);
    let slug = slug(line.as_ref());
    let command = CommandStep {
        line: line
            .as_ref()
            .map(|line| line.template())
            .unwrap_or_default(),
        tools: tools::read(fields, problems).unwrap_or_default(),
        agents: selector::names(fields, "agents", problems),
        directives: directives::read(fields, problems).unwrap_or_default(),
        on_exit: directives::on_exit(fields, problems),
    };
    let keys = vec!["tools", "agents", "directives", "on-exit"];
    (line.map(|_| Action::Run(command)), keys, slug)
}

/// The id that a text makes. One that is missing was reported.
fn slug(text: Option<&Text<'_>>) -> Option<String> {
    text.map_or(Some(String::new()), |text| word::slug(&text.template()))
}

pub(super) fn approve(fields: &Fields<'_>, problems: &mut Problems) -> Parts {
    let prompt = fields.text("approve", problems);
    let slug = slug(prompt.as_ref());
    let details = fields.text("details", problems).map(|text| text.template());
    let person = fields.truth("person", problems).unwrap_or_default();
    let action = prompt.map(|prompt| {
        Action::Approve(AskStep {
            person,
            prompt: prompt.template(),
            choices: Vec::new(),
            default: None,
            details,
        })
    });
    (action, vec!["details", "person"], slug)
}

pub(super) fn ask(fields: &Fields<'_>, problems: &mut Problems) -> Parts {
    let prompt = fields.text("ask", problems);
    let slug = slug(prompt.as_ref());
    let choices: Vec<_> = fields
        .texts("choices", problems)
        .iter()
        .map(|text| text.owned())
        .collect();
    let default = fields.text("default", problems);
    if let Some(default) = &default
        && !choices.is_empty()
        && !choices.iter().any(|choice| choice == default.text)
    {
        let help =
            crate::suggest::help(default.text, choices.iter().map(String::as_str), "choices");
        problems.error(
            default.at,
            format!("`{}` is not one of the choices", short(default.text)),
            help,
        );
    }
    let details = fields.text("details", problems).map(|text| text.template());
    let default = default.map(|text| text.owned());
    let person = fields.truth("person", problems).unwrap_or_default();
    let action = prompt.map(|prompt| {
        Action::Ask(AskStep {
            person,
            prompt: prompt.template(),
            choices,
            default,
            details,
        })
    });
    let keys = vec!["choices", "default", "details", "person"];
    (action, keys, slug)
}

pub(super) fn component(fields: &Fields<'_>, problems: &mut Problems) -> Parts {
    let Some(name) = fields.text("step", problems) else {
        return (None, vec!["input"], Some(String::new()));
    };
    let (package, rest) = name
        .text
        .split_once(':')
        .map_or((None, name.text), |(package, rest)| (Some(package), rest));
    let parts = rest.split_once('/').filter(|(component, step)| {
        package
            .into_iter()
            .chain([*component, *step])
            .all(word::is_name)
    });
    let Some((_, step)) = parts else {
        problems.error(
            name.at,
            format!("`{}` cannot be the name of a step", short(name.text)),
            "write `COMPONENT/NAME` or `PACKAGE:COMPONENT/NAME`",
        );
        return (None, vec!["input"], Some(String::new()));
    };
    let input = fields.node("input").map(data).unwrap_or_default();
    (
        Some(Action::Component {
            name: name.owned(),
            input,
        }),
        vec!["input"],
        Some(step.to_string()),
    )
}

pub(super) fn parallel(fields: &Fields<'_>, inside: Inside, reading: &mut Reading<'_>) -> Parts {
    if inside == Inside::Group {
        let at = fields.key("parallel").unwrap_or_default();
        reading.problems.error(
            at,
            "a group inside a group is not supported yet",
            "put its steps into the group around it",
        );
        return (None, Vec::new(), Some(String::new()));
    }
    let children = fields
        .node("parallel")
        .map(|node| list("`parallel`", node, Inside::Group, reading));
    (
        children.map(Action::Parallel),
        Vec::new(),
        Some("parallel".into()),
    )
}

/// Names and the texts they stand for.
pub(super) fn pairs(
    fields: &Fields<'_>,
    key: &str,
    problems: &mut Problems,
) -> Vec<(String, Template)> {
    let mut pairs = Vec::new();
    for (name, node) in fields.map(key, problems) {
        if !word::is_name(&name.text) {
            problems.error(
                name.at,
                format!("`{}` cannot be a name in `{key}`", short(&name.text)),
                word::NAME_HELP,
            );
        } else if let Value::Scalar { text: empty, .. } = &node.value
            && empty.is_empty()
        {
            pairs.push((name.text.clone(), Template::default()));
        } else if let Some(text) = text(&format!("`{}`", name.text), name.at, node, problems) {
            pairs.push((name.text.clone(), text.template()));
        }
    }
    pairs
}
