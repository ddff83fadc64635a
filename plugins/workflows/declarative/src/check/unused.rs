use std::collections::BTreeSet;

use crate::model::Package;
use crate::problem::{Position, Problems};
use crate::read::{self, Files};

/// Agents and chained prompts that nothing in the package uses: probably a name was
/// mistyped.
pub(crate) fn check(files: &dyn Files, package: &Package, problems: &mut Problems) {
    let mut used = package.used.clone();
    let others = files.paths("").into_iter().filter(|path| {
        let is_workflow =
            path == "workflow.yaml" || path.starts_with("workflows/") && path.ends_with(".yaml");
        is_workflow && *path != package.entry
    });
    for path in others {
        // What another workflow uses is only known when it can be read.
        match read::package(files, &path, &mut Problems::new(&path)) {
            Some(other) => used.extend(other.used),
            None => return,
        }
    }
    for path in files.paths("agents/") {
        if let Some(text) = path.strip_prefix("agents/")
            && let Some(name) = text.strip_suffix(".md")
            && !used.contains(&path)
        {
            let (message, help) = describe(name, &used);
            let entry = problems.enter(&path);
            problems.warning(Position::FILE, message, help);
            problems.enter(&entry);
        }
    }
}

fn describe(name: &str, used: &BTreeSet<String>) -> (String, String) {
    match name.split_once('/') {
        None => (
            format!("no step uses the agent `{name}`"),
            format!("write `- agent: {name}` where it belongs, or remove the file"),
        ),
        Some((agent, _)) if used.contains(&format!("agents/{agent}.md")) => (
            format!("this is no chained prompt of `{agent}`"),
            "name it like `01-name.md`, or move it out of `agents/`".into(),
        ),
        Some((agent, _)) => (
            format!("no step uses an agent `{agent}`, whose chained prompt this would be"),
            format!("write agents/{agent}.md and a step with it, or remove the file"),
        ),
    }
}
