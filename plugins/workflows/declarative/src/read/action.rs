//! What a step does, by its kind.

use super::data::data;
use super::fields::{Fields, short, text};
use super::step::{Inside, list};
use super::{agent, word};
use crate::model::{Action, AgentStep, Question};
use crate::problem::Problems;
use crate::template::Template;
use crate::yaml::Value;

/// What the step does, its own keys, and the id it has when none is written.
pub(super) type Parts = (Option<Action>, &'static [&'static str], Option<String>);

pub(super) fn agent_step(fields: &Fields<'_>, problems: &mut Problems) -> Parts {
    let keys = &[
        "prompt",
        "input",
        "engine",
        "model",
        "effort",
        "permissions",
        "session",
    ];
    let Some(name) = fields.text("agent", problems) else {
        return (None, keys, Some(String::new()));
    };
    if !word::is_name(name.text) {
        problems.error(
            name.at,
            format!("`{}` cannot be the name of an agent", short(name.text)),
            "it is the name of a file in `agents/`, without `.md`",
        );
        return (None, keys, Some(String::new()));
    }
    let action = Action::Agent(AgentStep {
        name: name.owned(),
        at: name.at,
        choice: agent::choice(fields, problems),
        prompt: fields.text("prompt", problems).map(|text| text.template()),
        input: pairs(fields, "input", problems),
        resume: fields
            .word("session", &["new", "continue"], problems)
            .is_some_and(|word| word == "continue"),
    });
    (Some(action), keys, Some(name.owned()))
}

pub(super) fn ask(fields: &Fields<'_>, problems: &mut Problems) -> Parts {
    let prompt = fields.text("ask", problems);
    let slug = prompt
        .as_ref()
        .map_or(Some(String::new()), |prompt| word::slug(&prompt.template()));
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
    let action = prompt.map(|prompt| {
        Action::Ask(Question {
            prompt: prompt.template(),
            choices,
            default,
            details,
        })
    });
    (action, &["choices", "default", "details"], slug)
}

pub(super) fn component(fields: &Fields<'_>, problems: &mut Problems) -> Parts {
    let Some(name) = fields.text("step", problems) else {
        return (None, &["input"], Some(String::new()));
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
        return (None, &["input"], Some(String::new()));
    };
    let input = fields.node("input").map(data).unwrap_or_default();
    (
        Some(Action::Component {
            name: name.owned(),
            input,
        }),
        &["input"],
        Some(step.to_string()),
    )
}

pub(super) fn parallel(fields: &Fields<'_>, inside: Inside, problems: &mut Problems) -> Parts {
    if inside == Inside::Group {
        let at = fields.key("parallel").unwrap_or_default();
        problems.error(
            at,
            "a group inside a group is not supported yet",
            "put its steps into the group around it",
        );
        return (None, &[], Some(String::new()));
    }
    let children = fields
        .node("parallel")
        .map(|node| list("`parallel`", node, Inside::Group, problems));
    (children.map(Action::Parallel), &[], Some("parallel".into()))
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
