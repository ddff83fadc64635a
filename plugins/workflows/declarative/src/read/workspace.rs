//! A copy of the project for a step: `workspace`, and what is done when it is merged.

use super::fields::{Fields, short, text};
use super::{selector, word};
use crate::model::{CommandStep, Merge, Workspace};
use crate::problem::{Position, Problems};
use crate::suggest;
use crate::yaml::Value;

const EXAMPLE: &str = "workspace: { setup: [npm ci], ports: 1, merge: ask, conflicts: AGENT }";
const KEYS: [&str; 6] = [
    "include",
    "setup",
    "ports",
    "teardown",
    "merge",
    "conflicts",
];
const MERGE: [&str; 3] = ["true", "false", "ask"];

/// `workspace:` of a step or a group.
pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Option<Workspace> {
    let node = fields.node("workspace")?;
    let at = fields.key("workspace").unwrap_or(node.at);
    if !matches!(node.value, Value::Map { .. }) {
        let word = text("`workspace`", at, node, problems)?;
        if word.text != "own" {
            problems.error(
                word.at,
                format!("`workspace` cannot be `{}`", short(word.text)),
                format!("write `workspace: own`, or `{EXAMPLE}`"),
            );
            return None;
        }
        return Some(Workspace {
            at,
            ..Workspace::default()
        });
    }
    let inner = Fields::of("`workspace`", node, EXAMPLE, problems)?;
    let mut list = |key| owned(&inner, key, problems);
    let (include, setup, teardown) = (list("include"), list("setup"), list("teardown"));
    let merge = inner.word("merge", &MERGE, problems);
    let workspace = Workspace {
        at,
        include,
        setup,
        ports: inner.number("ports", 0, 100, problems).unwrap_or_default(),
        teardown,
        merge: match merge.as_deref() {
            Some("false") => Merge::Never,
            Some("ask") => Merge::Ask,
            _ => Merge::Always,
        },
        conflicts: conflicts(&inner, problems),
    };
    for path in inner.texts("include", problems) {
        inside(path.text, path.at, problems);
    }
    inner.finish(&KEYS, &[], problems);
    Some(workspace)
}

fn conflicts(fields: &Fields<'_>, problems: &mut Problems) -> Option<(String, Position)> {
    let name = fields.text("conflicts", problems)?;
    if name.text == "ask" {
        return None;
    }
    if !word::is_name(name.text) {
        problems.error(
            name.at,
            format!("`conflicts` cannot be `{}`", short(name.text)),
            suggest::help(name.text, ["ask"], "an agent's name, or"),
        );
        return None;
    }
    Some((name.owned(), name.at))
}

/// The texts at `key`, as they stand there.
pub(super) fn owned(fields: &Fields<'_>, key: &str, problems: &mut Problems) -> Vec<String> {
    let texts = fields.texts(key, problems);
    texts.iter().map(|text| text.owned()).collect()
}

/// Refuses a path that leads out of the project.
pub(super) fn inside(path: &str, at: Position, problems: &mut Problems) {
    let leaves = path.starts_with(['/', '~'])
        || path.contains('\\')
        || path.split('/').any(|part| part == "..");
    if leaves {
        problems.error(
            at,
            format!("`{}` leads out of the project", short(path)),
            "write a path inside the project, with `/`",
        );
    }
}

/// `checks:`: commands that are run after each merge.
pub(super) fn checks(fields: &Fields<'_>, problems: &mut Problems) -> Vec<CommandStep> {
    let commands = fields.texts("checks", problems);
    let commands = commands.iter().map(|line| CommandStep {
        line: line.template(),
        ..CommandStep::default()
    });
    commands.collect()
}

/// `merge-order:` of a group.
pub(super) fn order(fields: &Fields<'_>, problems: &mut Problems) -> Vec<(String, Position)> {
    selector::names(fields, "merge-order", problems)
}
