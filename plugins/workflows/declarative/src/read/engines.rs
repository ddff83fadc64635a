//! Engines that take over: `engines` and `on`.

use super::agent::one_word;
use super::fields::{Fields, short, text};
use super::options;
use crate::model::{Choice, Fallback};
use crate::problem::Problems;
use crate::suggest;
use crate::yaml::{Node, Value};

const EXAMPLE: &str = "engines: [claude, { engine: codex, model: MODEL }]";
/// When an engine takes over.
const REASONS: [&str; 2] = ["limit", "down"];

/// Puts what is said of them into the choice.
pub(super) fn read(fields: &Fields<'_>, choice: &mut Choice, problems: &mut Problems) {
    let Some(node) = fields.node("engines") else {
        if let Some(at) = fields.key("on") {
            problems.error(
                at,
                "`on` says when the next one of several engines takes over, and there is only one",
                format!("write `{EXAMPLE}`, or remove `on`"),
            );
        }
        return;
    };
    if let Some(at) = fields.key("engine") {
        problems.error(
            at,
            "there is both `engine` and `engines`",
            "keep one of the two",
        );
    }
    let Value::List(items) = &node.value else {
        problems.error(
            node.at,
            format!("`engines` must be a list, and this is {}", node.kind()),
            format!("write it like `{EXAMPLE}`"),
        );
        return;
    };
    let mut engines: Vec<Fallback> = Vec::new();
    for item in items {
        let Some(engine) = engine(item, problems) else {
            continue;
        };
        let twice = |known: &Fallback| known.engine == engine.engine && known.model == engine.model;
        if engines.iter().any(twice) {
            let message = format!("the engine `{}` is here twice", short(&engine.engine));
            problems.error(item.at, message, "keep one of the two");
        }
        engines.push(engine);
    }
    if items.is_empty() {
        problems.error(
            node.at,
            "`engines` is empty",
            format!("write it like `{EXAMPLE}`"),
        );
    }
    let mut engines = engines.into_iter();
    if let Some(first) = engines.next() {
        choice.engine = Some(first.engine);
        choice.model = first.model.or(choice.model.take());
        choice.effort = first.effort.or(choice.effort.take());
        let named = |name: &String| first.options.iter().any(|(known, _)| known == name);
        choice.options.retain(|(name, _)| !named(name));
        choice.options.extend(first.options);
    }
    choice.fallbacks = engines.collect();
    choice.on = reasons(fields, problems);
}

fn reasons(fields: &Fields<'_>, problems: &mut Problems) -> Vec<String> {
    if fields.node("on").is_none() {
        return REASONS.map(Into::into).to_vec();
    }
    let mut reasons = Vec::new();
    for reason in fields.texts("on", problems) {
        if REASONS.contains(&reason.text) {
            reasons.push(reason.owned());
        } else {
            problems.error(
                reason.at,
                format!("an engine cannot take over on `{}`", short(reason.text)),
                suggest::help(reason.text, REASONS, "possible"),
            );
        }
    }
    reasons
}

fn engine(node: &Node, problems: &mut Problems) -> Option<Fallback> {
    if !matches!(node.value, Value::Map { .. }) {
        let name = text("an item of `engines`", node.at, node, problems)?;
        return Some(Fallback {
            engine: one_word("an item of `engines`", &name, problems)?,
            ..Fallback::default()
        });
    }
    let fields = Fields::of("an item of `engines`", node, EXAMPLE, problems)?;
    let mut word = |key: &str| {
        let found = fields.text(key, problems)?;
        one_word(&format!("`{key}`"), &found, problems)
    };
    let (engine, model, effort) = (word("engine"), word("model"), word("effort"));
    if fields.node("engine").is_none() {
        problems.error(
            node.at,
            "this names no engine",
            format!("write it like `{EXAMPLE}`"),
        );
    }
    let options = options::read(&fields, problems);
    fields.finish(&["engine", "model", "effort", "options"], &[], problems);
    Some(Fallback {
        engine: engine?,
        model,
        effort,
        options,
    })
}
