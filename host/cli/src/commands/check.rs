use cm_types::{Mode, Outline, Problem};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    arguments::Check,
    exit::Exit,
    making::{self, CheckedWorkflow, Review},
    trouble::Trouble,
    view::{figures, out, text},
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
    /// What is wrong with the package as a whole.
    problems: Vec<Problem>,
    /// What people miss who find it in a registry.
    hints: Vec<String>,
    /// How many files it has.
    files: u64,
    /// All of them together.
    bytes: u64,
}

pub(crate) fn run(arguments: &Check) -> Result<Exit, Trouble> {
    let review = making::review(&arguments.path)?;
    let (fatal, warnings) = review.problems();
    let ok = fatal.is_empty();
    let exit = if ok { Exit::Done } else { Exit::Failed };
    if arguments.json {
        out::json(&Checked {
            package: review.package.name().to_owned(),
            ok,
            workflows: review.workflows,
            problems: review.problems,
            hints: review.hints,
            files: review.files,
            bytes: review.bytes,
        });
        return Ok(exit);
    }
    review.show();
    for workflow in &review.workflows {
        outline(workflow);
    }
    if !review.package.is_loose() && arguments.path.is_dir() {
        about(&review);
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
    Ok(exit)
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn about(review: &Review) {
    let files = usize::try_from(review.files).unwrap_or(usize::MAX);
    eprintln!(
        "{} {}: {}, {}",
        review.package.name(),
        review.package.version(),
        count(files, "file"),
        figures::bytes(review.bytes)
    );
    for hint in &review.hints {
        eprintln!("  hint: {hint}");
    }
}

fn outline(workflow: &CheckedWorkflow) {
    let Some(outline) = &workflow.findings.outline else {
        return;
    };
    let name = text::one_line(&outline.name, 80);
    out::line(format!("{name} ({}): {}", workflow.path, summary(outline)));
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

/// `hybrid · 2 tracks · 3 choices · 7 steps`, as far as it is more than usual.
fn summary(outline: &Outline) -> String {
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
