//! `agents/NAME.md`: front matter between `---` lines, then the prompt.

use cm_sdk::workflow::message;

use super::Files;
use super::fields::{Fields, text};
use crate::model::{Agent, Choice};
use crate::problem::{Position, Problems};
use crate::template::{Source, Template};
use crate::yaml::{self, Value};

pub(super) const PERMISSIONS: [&str; 3] = ["read-only", "workspace-write", "full"];

/// Keys that are part of the language and not built yet.
const LATER: [&str; 12] = [
    "tools",
    "interactive",
    "tracks",
    "conditions",
    "conditions-any",
    "role",
    "mcp",
    "budget",
    "schema",
    "chained",
    "skills",
    "instructions",
];

/// The agents in the package.
pub(super) fn names(files: &dyn Files) -> Vec<String> {
    let paths = files.paths("agents/");
    paths
        .iter()
        .filter_map(|path| path.strip_prefix("agents/")?.strip_suffix(".md"))
        .filter(|name| !name.contains('/'))
        .map(Into::into)
        .collect()
}

/// Reads the agent `name`, which is there. `replaced`: the step has a prompt of
/// its own, so that the agent needs none.
pub(super) fn read(
    files: &dyn Files,
    name: &str,
    replaced: bool,
    problems: &mut Problems,
) -> Agent {
    let path = format!("agents/{name}.md");
    let entry = problems.enter(&path);
    let mut agent = Agent::default();
    match files.read(&path) {
        Ok(source) if source.len() > yaml::MAX_BYTES => {
            problems.error(
                Position::FILE,
                format!("the file is longer than {} bytes", yaml::MAX_BYTES),
                "",
            );
        }
        Ok(source) => agent = parse(&source, replaced, problems),
        Err(error) => problems.error(
            Position::FILE,
            format!("the agent cannot be read: {}", message(&error)),
            "",
        ),
    }
    if let Some(chained) = files.paths(&format!("agents/{name}/")).first() {
        problems.enter(chained);
        problems.error(
            Position::FILE,
            "chained prompts are not supported yet",
            "move the file out of `agents/`, or into a step of its own",
        );
    }
    problems.enter(&entry);
    agent.path = path;
    agent
}

fn parse(source: &str, replaced: bool, problems: &mut Problems) -> Agent {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let Some((matter, body, line)) = split(source, problems) else {
        return Agent::default();
    };
    let mut agent = matter
        .map(|matter| front_matter(matter, problems))
        .unwrap_or_default();
    let lead = body.len() - body.trim_start().len();
    // The prompt's first line keeps its place for messages.
    let skipped = body[..lead].rfind('\n').map_or(0, |end| end + 1);
    let line = line
        .saturating_add(u32::try_from(body[..skipped].matches('\n').count()).unwrap_or(u32::MAX));
    let prompt = body[skipped..].trim_end();
    if prompt.is_empty() && !replaced {
        let (what, at) = match matter {
            Some(_) => ("the agent has no prompt", Position { line, column: 0 }),
            None => ("the file is empty", Position::FILE),
        };
        problems.error(
            at,
            what,
            "write what the agent is to do, below the front matter",
        );
    }
    agent.prompt = Template::new(prompt, &Source::new(prompt, Position { line, column: 1 }));
    agent
}

/// Front matter, body, and the line in which the body begins.
fn split<'s>(source: &'s str, problems: &mut Problems) -> Option<(Option<&'s str>, &'s str, u32)> {
    let first = source.lines().next().unwrap_or_default();
    if first.trim_end() != "---" {
        return Some((None, source, 1));
    }
    let start = source.find('\n').map_or(source.len(), |end| end + 1);
    let mut at = start;
    for (line, text) in (2..).zip(source[start..].split_inclusive('\n')) {
        if text.trim_end() == "---" {
            return Some((
                Some(&source[start..at]),
                &source[at + text.len()..],
                line + 1,
            ));
        }
        at += text.len();
    }
    problems.error(
        Position { line: 1, column: 1 },
        "the front matter that begins here does not end",
        "put a line `---` below it",
    );
    None
}

fn front_matter(source: &str, problems: &mut Problems) -> Agent {
    let mut agent = Agent::default();
    // One empty line in place of the `---` keeps the line numbers true.
    let node = match yaml::parse(&format!("\n{source}")) {
        Ok(node) => node,
        Err(error) => {
            problems.error(error.at, error.message, error.help.unwrap_or_default());
            return agent;
        }
    };
    if node.value == Value::Null {
        return agent;
    }
    let Some(fields) = Fields::of("front matter", &node, "name: Planner", problems) else {
        return agent;
    };
    agent.title = fields.text("name", problems).map(|text| text.owned());
    agent.description = fields
        .text("description", problems)
        .map(|text| text.owned());
    agent.choice = choice(&fields, problems);
    agent.timeout = super::duration::read(&fields, "timeout", problems);
    let known = [
        "name",
        "description",
        "engine",
        "model",
        "effort",
        "permissions",
        "timeout",
    ];
    fields.finish(&known, &LATER, problems);
    agent
}

/// engine, model, effort and permissions, wherever they may stand.
pub(super) fn choice(fields: &Fields<'_>, problems: &mut Problems) -> Choice {
    let mut word = |key: &str| {
        let node = fields.node(key)?;
        let found = text(&format!("`{key}`"), fields.key(key)?, node, problems)?;
        if found.text.split_whitespace().count() == 1 {
            return Some(found.owned());
        }
        problems.error(found.at, format!("`{key}` must be one word"), "");
        None
    };
    let (engine, model, effort) = (word("engine"), word("model"), word("effort"));
    Choice {
        engine,
        model,
        effort,
        permissions: fields.word("permissions", &PERMISSIONS, problems),
    }
}
