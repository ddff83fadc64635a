use cm_journal::{Found, Journal, RunRow};
use cm_orchestrator::{Run, Status, Summary};
use schemars::JsonSchema;
use serde::Serialize;

use super::conduct::questions;
use crate::{
    arguments::Show,
    exit::Exit,
    place,
    trouble::Trouble,
    view::{figures, out, table, text},
};

/// `cm show --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Shown {
    /// The run's id.
    run: String,
    /// What the person named: a package or a path.
    workflow: String,
    /// The package's name and version.
    package: String,
    /// The directory that it works in.
    directory: String,
    /// Whether a process drives it now.
    driven: bool,
    /// Its steps.
    #[serde(flatten)]
    summary: Summary,
    /// What it returned, or why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<cm_orchestrator::RunEnd>,
}

pub(crate) fn run(arguments: &Show) -> Result<Exit, Trouble> {
    let journal = place::journal_with_runs(arguments.place.dir.as_deref())?;
    let id = find(&journal, &arguments.run)?;
    let run = load(&journal, &id)?;
    let start = run.start.clone().unwrap_or_default();
    let summary = Summary::of(&run);
    let driven = journal.driver(&id)?.is_some();
    if arguments.json {
        let (workflow, package, directory) = (start.workflow, start.package, start.directory);
        out::json(&Shown {
            run: id,
            workflow,
            package,
            directory,
            driven,
            summary,
            end: run.end,
        });
        return Ok(Exit::Done);
    }
    let took = figures::duration(summary.updated_ms.saturating_sub(summary.started_ms));
    out::line(format!(
        "{}  {}",
        text::one_line(&summary.name, 80),
        word(summary.status, driven)
    ));
    out::line(format!(
        "run {id}, {} in {}",
        text::one_line(&start.package, 80),
        text::one_line(&start.directory, 200)
    ));
    out::line(format!(
        "begun {}, {took}",
        figures::moment(summary.started_ms)
    ));
    out::line("");
    out::line(table::steps(&summary));
    match &run.end {
        Some(cm_orchestrator::RunEnd::Failed { error }) => {
            out::line(format!("\nfailed: {}", text::clean(&error.to_string())));
        }
        Some(cm_orchestrator::RunEnd::Done { output }) if !output.is_empty() => {
            out::line(format!("\n{}", text::clean(output)));
        }
        _ => {}
    }
    for (step, question) in questions(&run) {
        out::line(format!(
            "\n{step} asks: {question}\nanswer it: cm reply {id} ANSWER"
        ));
    }
    if !driven && !matches!(summary.status, Status::Done) {
        out::line(format!("\ngo on: cm resume {id}"));
    }
    Ok(Exit::Done)
}

/// The run that was named: by its id, the beginning of it, or `last`.
pub(crate) fn find(journal: &Journal, named: &str) -> Result<String, Trouble> {
    // Every id begins with nothing.
    let found = match named {
        "" => Found::None,
        _ => journal.find(named)?,
    };
    match found {
        Found::One(id) => Ok(id),
        Found::None => {
            let message = match named {
                "last" => "there are no runs here yet".to_owned(),
                _ => format!("there is no run `{}`", text::one_line(named, 60)),
            };
            Err(Trouble::usage("no-such-run", message).help("`cm runs` lists them"))
        }
        Found::Many(ids) => {
            let message = format!("`{named}` could be one of {}", ids.join(", "));
            Err(Trouble::usage("which-run", message).help("give more of its id"))
        }
    }
}

/// The run, from its journal.
pub(crate) fn load(journal: &Journal, id: &str) -> Result<Run, Trouble> {
    let records = journal.events(id, 0)?;
    Ok(Run::replay(
        records.iter().map(|record| (record.at_ms, &record.event)),
    ))
}

/// How far it is, in a word. A run that nobody drives does not go on by itself.
pub(crate) fn word(status: Status, driven: bool) -> &'static str {
    match status {
        Status::Running | Status::Waiting if !driven => "stopped",
        status => status.as_str(),
    }
}

/// The same, for a row of a list.
pub(crate) fn row_word(row: &RunRow) -> &'static str {
    word(row.status, row.driver.is_some())
}
