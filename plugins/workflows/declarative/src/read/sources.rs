use super::fields::{Fields, Text, short, text};
use super::reading::Reading;
use super::word;
use crate::glob;
use crate::model::FileSource;
use crate::suggest;
use crate::yaml::Value;

/// `files:` of a workflow: names that stand for the text of files.
pub(super) fn read(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Vec<FileSource> {
    let mut sources = Vec::new();
    for (key, node) in fields.map("files", reading.problems) {
        let problems = &mut *reading.problems;
        if !word::is_name(&key.text) {
            let message = format!("`{}` cannot be a name in `files`", short(&key.text));
            problems.error(key.at, message, word::NAME_HELP);
            continue;
        }
        if crate::check::SETTINGS.contains(&key.text.as_str()) {
            problems.error(
                key.at,
                format!("`{{{}}}` has a meaning of its own", key.text),
                "a file cannot hide it: choose another name",
            );
            continue;
        }
        let project = matches!(node.value, Value::Map { .. });
        let path = if project {
            let example = "plan: { project: docs/plan.md }";
            let Some(inner) = Fields::of("a file", node, example, problems) else {
                continue;
            };
            if inner.node("project").is_none() {
                problems.error(node.at, "this names no file", format!("write `{example}`"));
            }
            let path = inner.text("project", problems);
            inner.finish(&["project"], &[], problems);
            path
        } else {
            text(&format!("`{}`", key.text), key.at, node, problems)
        };
        let Some(path) = path else { continue };
        if project {
            within(&path, reading);
        } else {
            exists(&path, reading);
        }
        sources.push(FileSource {
            name: key.text.clone(),
            at: key.at,
            line: reading.problems.line(key.at),
            project,
            pattern: path.owned(),
        });
    }
    sources
}

/// A file of the project must be in the project.
fn within(path: &Text<'_>, reading: &mut Reading<'_>) {
    let leads_out = path.text.starts_with('/') || path.text.split('/').any(|part| part == "..");
    if leads_out {
        reading.problems.error(
            path.at,
            format!("`{}` leads out of the project", short(path.text)),
            "write a path relative to the project's directory",
        );
    }
}

/// A file of the package must be there.
fn exists(path: &Text<'_>, reading: &mut Reading<'_>) {
    let paths = reading.paths("");
    let found: Vec<_> = paths
        .iter()
        .filter(|found| glob::fits(path.text, found))
        .cloned()
        .collect();
    if !found.is_empty() {
        reading.used.extend(found);
        return;
    }
    let what = match glob::is_pattern(path.text) {
        true => "no file of the package matches",
        false => "the package has no file",
    };
    let help = match suggest::nearest(path.text, paths.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "put it into the package; or if it is the project's: `{{ project: {} }}`",
            short(path.text)
        ),
    };
    reading
        .problems
        .error(path.at, format!("{what} `{}`", short(path.text)), help);
}
