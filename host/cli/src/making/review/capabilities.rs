//! What a package asks for, against what it needs.

use cm_driver::Catalog;
use cm_registry::{Capabilities, Kind, Package, WorkspaceAccess};
use cm_types::{OutlineStep, Problem};

use super::{CheckedWorkflow, problem};
use crate::trouble::Trouble;

/// A file larger than this is no script that names programs.
const LONGEST: usize = 1 << 20;

pub(super) fn problems(
    catalog: &Catalog,
    package: &Package,
    workflows: &[CheckedWorkflow],
) -> Result<Vec<Problem>, Trouble> {
    let declared = &package.manifest().capabilities;
    let mut problems = Vec::new();
    let mut needed = Capabilities::default();
    for entry in &package.manifest().components {
        // One that cannot be loaded was told of before.
        if entry.kind == Kind::Engine
            && let Ok(engine) = catalog.engine(&entry.name)
        {
            let wanted = Capabilities {
                programs: engine
                    .info
                    .programs
                    .iter()
                    .map(|it| it.name.clone())
                    .collect(),
                environment: engine.info.environment.clone(),
                ..Capabilities::default()
            };
            problems.extend(undeclared(&entry.name, &wanted.beyond(declared)));
            needed = needed.union(&wanted);
        }
    }
    let texts = texts(package)?;
    if let Some(found) = texts.iter().find_map(reads_the_project)
        && declared.workspace < WorkspaceAccess::Read
    {
        problems.push(found);
    }
    problems.extend(unused(package, declared, &needed, workflows, &texts));
    Ok(problems)
}

/// What an engine says that it needs, and may not have.
fn undeclared(engine: &str, missing: &Capabilities) -> Vec<Problem> {
    let list = |words: &[String]| {
        let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
        words.join(", ")
    };
    let mut problems = Vec::new();
    if !missing.programs.is_empty() {
        let words = list(&missing.programs);
        problems.push(problem(
            true,
            format!("the engine `{engine}` starts programs that are not declared: {words}"),
            Some(format!(
                "add them to `programs` below [capabilities]: {words}"
            )),
        ));
    }
    if !missing.environment.is_empty() {
        let words = list(&missing.environment);
        problems.push(problem(
            false,
            format!("the engine `{engine}` reads variables that are not declared, so its programs will not see them: {words}"),
            Some(format!("add them to `environment` below [capabilities]: {words}")),
        ));
    }
    problems
}

/// A workflow or an agent that shows files of the project: `{ project: PATH }`, or
/// `a[input:PATH]` in a script.
fn reads_the_project((path, text): &(String, String)) -> Option<Problem> {
    let shown = ["project: ", "[input:", ",input:"];
    let (index, line) = text.lines().enumerate().find(|(_, line)| {
        let code = line.trim_start();
        let asks = |mark: &str| {
            let at = code.find(mark);
            at.is_some_and(|at| {
                !code
                    .get(..at)
                    .is_some_and(|it| it.ends_with(char::is_alphanumeric))
            })
        };
        !code.starts_with('#') && shown.iter().any(|mark| asks(mark))
    })?;
    let column = line.len() - line.trim_start().len() + 1;
    let small = |number: usize| u32::try_from(number).unwrap_or_default();
    Some(Problem {
        fatal: false,
        message: "a file of the project is read here, and cm.toml does not ask for that".to_owned(),
        path: path.clone(),
        line: small(index + 1),
        column: small(column),
        help: Some("add `workspace = \"read\"` below [capabilities]".to_owned()),
    })
}

/// What it asks for and nothing in it seems to use. Code could use anything that it is
/// given, so nothing is said of a package with steps or a workflow in code.
fn unused(
    package: &Package,
    declared: &Capabilities,
    needed: &Capabilities,
    workflows: &[CheckedWorkflow],
    texts: &[(String, String)],
) -> Vec<Problem> {
    let mut components = package.manifest().components.iter();
    if components.any(|entry| matches!(entry.kind, Kind::Step | Kind::Workflow)) {
        return Vec::new();
    }
    let commands = workflows
        .iter()
        .filter_map(|workflow| workflow.findings.outline.as_ref())
        .any(|outline| outline.steps.iter().any(OutlineStep::has_commands));
    // A workflow that cannot be read may have commands.
    let unread = workflows
        .iter()
        .any(|workflow| workflow.findings.outline.is_none());
    let named = |word: &str| {
        let apart = |c: char| !(c.is_alphanumeric() || "-_.+".contains(c));
        texts
            .iter()
            .any(|(_, text)| text.split(apart).any(|it| it == word))
    };
    let mut problems = Vec::new();
    for program in &declared.programs {
        // `*` is for programs that the workflows of others name.
        let used = program == "*"
            || needed.programs.contains(program)
            || (commands && (program == "sh" || named(program)));
        if !used && !unread {
            problems.push(problem(
                false,
                format!("it asks to start `{program}`, and nothing in it does"),
                Some("take it out of `programs` below [capabilities]: who installs the package is asked about it".to_owned()),
            ));
        }
    }
    let only_needed = Capabilities {
        environment: declared.environment.clone(),
        ..Capabilities::default()
    };
    for variable in only_needed.beyond(needed).environment {
        if !commands && !unread {
            problems.push(problem(
                false,
                format!("it asks to see the variable `{variable}`, and nothing in it starts a program that could"),
                Some("take it out of `environment` below [capabilities]: who installs the package is asked about it".to_owned()),
            ));
        }
    }
    problems
}

/// Its workflows, prompts and scripts.
fn texts(package: &Package) -> Result<Vec<(String, String)>, Trouble> {
    let mut texts = Vec::new();
    for path in package.paths("")? {
        let told = path.ends_with(".md") && !path.contains('/');
        if told || path == cm_registry::Manifest::FILE || path.ends_with(".wasm") {
            continue;
        }
        if let Ok(bytes) = package.read(&path)
            && bytes.len() <= LONGEST
            && let Ok(text) = String::from_utf8(bytes.into_owned())
        {
            texts.push((path, text));
        }
    }
    Ok(texts)
}
