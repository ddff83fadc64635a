//! `agents/NAME.md`: front matter between `---` lines, then the prompt.

use cm_sdk::workflow::message;

use super::fields::{Fields, Text, text};
use super::front::{self, Document};
use super::reading::Reading;
use super::{behaviour, chain, duration, engines, limits, options};
use crate::model::{Agent, Choice};
use crate::problem::{Position, Problems};
use crate::template::Template;
use crate::yaml::Node;

pub(super) const PERMISSIONS: [&str; 3] = ["read-only", "workspace-write", "full"];

const KEYS: [&str; 13] = [
    "name",
    "description",
    "engine",
    "engines",
    "on",
    "model",
    "effort",
    "permissions",
    "options",
    "timeout",
    "idle-timeout",
    "retry",
    "include",
];

/// Keys that are part of the language and not built yet.
const LATER: [&str; 5] = ["role", "budget", "chained", "skills", "instructions"];

/// The agents in the package.
pub(super) fn names(reading: &Reading<'_>) -> Vec<String> {
    let paths = reading.paths("agents/");
    paths
        .iter()
        .filter_map(|path| path.strip_prefix("agents/")?.strip_suffix(".md"))
        .filter(|name| !name.contains('/'))
        .map(Into::into)
        .collect()
}

/// Reads the agent `name`, which is there. `replaced`: nobody needs its own prompt.
pub(super) fn read(name: &str, replaced: bool, reading: &mut Reading<'_>) -> Agent {
    let path = format!("agents/{name}.md");
    let mut agent = file(&path, replaced, reading);
    agent.chain = chain::read(name, reading);
    agent
}

/// Reads the file of an agent.
pub(super) fn file(path: &str, replaced: bool, reading: &mut Reading<'_>) -> Agent {
    let entry = reading.problems.enter(path);
    let mut agent = match reading.text(path) {
        Ok(source) => parse(&source, replaced, reading),
        Err(error) => {
            let message = format!("the agent cannot be read: {}", message(&error));
            reading.problems.error(Position::FILE, message, "");
            Agent::default()
        }
    };
    reading.problems.enter(&entry);
    agent.path = path.into();
    agent
}

fn parse(source: &str, replaced: bool, reading: &mut Reading<'_>) -> Agent {
    let Some(document) = Document::of(source, reading.problems) else {
        return Agent::default();
    };
    let matter = document.matter(reading.problems);
    let mut agent = matter
        .and_then(|node| front_matter(&node, reading))
        .unwrap_or_default();
    let wanted = (!replaced).then_some("the agent");
    agent.prompt = document.prompt(wanted, reading.problems);
    agent
}

fn front_matter(node: &Node, reading: &mut Reading<'_>) -> Option<Agent> {
    let fields = front::fields(node, reading.problems)?;
    let problems = &mut *reading.problems;
    let mut agent = Agent {
        title: fields.text("name", problems).map(|text| text.owned()),
        description: fields
            .text("description", problems)
            .map(|text| text.owned()),
        choice: choice(&fields, problems),
        timeout: duration::read(&fields, "timeout", problems),
        idle_timeout: duration::read(&fields, "idle-timeout", problems),
        retry: limits::retry(&fields, problems),
        ..Agent::default()
    };
    agent.behaviour = behaviour::read(&fields, reading);
    for path in fields.texts("include", reading.problems) {
        if let Some(template) = included(path.text, path.at, reading) {
            agent.include.push(template);
            agent.included.push(path.owned());
        }
    }
    let known = [&KEYS[..], &behaviour::KEYS].concat();
    fields.finish(&known, &LATER, reading.problems);
    Some(agent)
}

/// A text that is put before prompts.
fn included(path: &str, at: Position, reading: &mut Reading<'_>) -> Option<Template> {
    let source = reading.named("the file", path, at)?;
    let entry = reading.problems.enter(path);
    let template = Document::of(&source, reading.problems)
        .map(|document| document.prompt(None, reading.problems));
    reading.problems.enter(&entry);
    template
}

/// Who runs it, wherever that may stand.
pub(super) fn choice(fields: &Fields<'_>, problems: &mut Problems) -> Choice {
    let mut word = |key: &str| {
        let node = fields.node(key)?;
        let found = text(&format!("`{key}`"), fields.key(key)?, node, problems)?;
        one_word(&format!("`{key}`"), &found, problems)
    };
    let (engine, model, effort) = (word("engine"), word("model"), word("effort"));
    let mut choice = Choice {
        engine,
        model,
        effort,
        permissions: fields.word("permissions", &PERMISSIONS, problems),
        options: options::read(fields, problems),
        ..Choice::default()
    };
    engines::read(fields, &mut choice, problems);
    choice
}

/// A text that must be one word.
pub(super) fn one_word(what: &str, text: &Text<'_>, problems: &mut Problems) -> Option<String> {
    if text.text.split_whitespace().count() == 1 {
        return Some(text.owned());
    }
    problems.error(text.at, format!("{what} must be one word"), "");
    None
}
