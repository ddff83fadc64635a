use cm_driver::Catalog;
use cm_types::{Findings, Mode, Outline, Problem};
use schemars::JsonSchema;
use serde::Serialize;

use super::workflow::{self, Found};
use crate::{
    arguments::Check,
    exit::Exit,
    place,
    trouble::Trouble,
    view::{out, text},
};

/// `cm check --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Checked {
    /// The package's name.
    package: String,
    /// Whether it can be run.
    ok: bool,
    /// Each workflow file, with what it would run and what is wrong.
    workflows: Vec<CheckedWorkflow>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CheckedWorkflow {
    /// The file in the package.
    path: String,
    #[serde(flatten)]
    findings: Findings,
}

pub(crate) fn run(arguments: &Check) -> Result<Exit, Trouble> {
    let found = workflow::at(&arguments.path)?;
    let registry = place::registry()?;
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, Some(found.package.clone()));
    let mut workflows = Vec::new();
    for path in entries(&found, arguments.path.is_dir())? {
        let one = Found {
            package: found.package.clone(),
            entry: path.clone(),
            named: found.named.clone(),
        };
        let findings = workflow::findings(&catalog, &one)?;
        workflows.push(CheckedWorkflow { path, findings });
    }
    let problems = workflows
        .iter()
        .flat_map(|workflow| &workflow.findings.problems);
    let (fatal, warnings): (Vec<&Problem>, Vec<_>) = problems.partition(|problem| problem.fatal);
    let ok = fatal.is_empty();
    if arguments.json {
        let package = found.package.name().to_owned();
        out::json(&Checked {
            package,
            ok,
            workflows,
        });
        return Ok(if ok { Exit::Done } else { Exit::Failed });
    }
    for problem in fatal.iter().chain(&warnings) {
        eprint!("{}", workflow::trouble(&found.package, problem).rendered());
    }
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    for workflow in &workflows {
        if let Some(outline) = &workflow.findings.outline {
            let name = text::one_line(&outline.name, 80);
            let parts = summary(outline, count);
            out::line(format!("{name} ({}): {parts}", workflow.path));
            for step in &outline.steps {
                let indent = if step.parent.is_some() { "    " } else { "  " };
                if step.kind == "separator" {
                    out::line(format!("  ── {}", text::one_line(&step.label, 60)));
                    continue;
                }
                let engine = step
                    .engine
                    .as_deref()
                    .map(|engine| format!(" [{engine}]"))
                    .unwrap_or_default();
                out::line(format!(
                    "{indent}{} {}{engine}",
                    text::one_line(&step.kind, 20),
                    text::one_line(&step.id, 60)
                ));
            }
        }
    }
    if ok && warnings.is_empty() {
        eprintln!("No problems.");
    } else {
        eprintln!(
            "{}, {}.",
            count(fatal.len(), "problem"),
            count(warnings.len(), "warning")
        );
    }
    Ok(if ok { Exit::Done } else { Exit::Failed })
}

/// `hybrid · 2 tracks · 3 choices · 7 steps`, as far as it is more than usual.
fn summary(outline: &Outline, count: impl Fn(usize, &str) -> String) -> String {
    let mut parts = Vec::new();
    let mode = Mode::parse(&outline.mode).unwrap_or_default();
    if mode != Mode::default() || outline.controller.is_some() {
        parts.push(mode.as_str().to_owned());
    }
    let (tracks, choices): (Vec<_>, Vec<_>) =
        (outline.choices.iter()).partition(|choice| choice.kind == "track");
    let tracks = tracks.iter().map(|choice| choice.alternatives.len()).sum();
    parts.extend((tracks > 0).then(|| count(tracks, "track")));
    parts.extend((!choices.is_empty()).then(|| count(choices.len(), "choice")));
    let steps = outline.steps.iter();
    let steps = steps.filter(|step| step.kind != "separator").count();
    parts.push(count(steps, "step"));
    parts.join(" · ")
}

/// A directory means all its workflows, a file means itself.
fn entries(found: &Found, all: bool) -> Result<Vec<String>, Trouble> {
    let files = found.package.workflows()?;
    if !all {
        return Ok(vec![found.entry.clone()]);
    }
    if files.is_empty() {
        return Ok(vec![workflow::main_entry(&found.package)?]);
    }
    Ok(files.into_iter().map(|workflow| workflow.path).collect())
}
