use cm_journal::{Found, Journal, RunRow};
use cm_orchestrator::{After, Pin, Run, Status, Summary};
use cm_types::{Mode, QuestionKind};
use schemars::JsonSchema;
use serde::Serialize;

use super::{target::Named, versions};
use crate::{
    arguments::Show,
    exit::Exit,
    preparation::choices::Chosen,
    trouble::Trouble,
    view::{figures, late, modes, out, permits::Allowed, questions, spending, table, text},
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
    /// Who drives: `manual`, `continuous`, `hybrid` or `autonomous`.
    mode: Mode,
    /// Who answers in the person's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    controller: Option<String>,
    /// Why nothing is sent out, if somebody has paused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<Paused>,
    /// What its agents may do without asking again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    permits: Vec<Allowed>,
    /// The track that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    track: Option<String>,
    /// What else was chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<String>,
    /// The run that it comes after, and what of that is done again.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<After>,
    /// The versions that it uses, to the byte.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pins: Vec<Pin>,
    /// Its steps.
    #[serde(flatten)]
    summary: Summary,
    /// What it returned, or why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<cm_orchestrator::RunEnd>,
}

/// A pause.
#[derive(Debug, Serialize, JsonSchema)]
struct Paused {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Who wanted it; empty: it was started so.
    by: String,
    /// Since when: milliseconds since 1970 (UTC).
    since_ms: u64,
}

pub(crate) fn run(arguments: &Show) -> Result<Exit, Trouble> {
    let Named { journal, id } = Named::find(&arguments.run, arguments.place.dir.as_deref())?;
    let run = load(&journal, &id)?;
    let start = run.start.clone().unwrap_or_default();
    let summary = Summary::of(&run);
    let driven = journal.driver(&id)?.is_some();
    let chosen = Chosen::stored(&start.settings);
    if arguments.json {
        let permits = Allowed::all(&run);
        let (workflow, package, directory) = (start.workflow, start.package, start.directory);
        let controller = run.controller.as_ref().map(|(it, _)| it.name().to_owned());
        out::json(&Shown {
            run: id,
            workflow,
            package,
            directory,
            driven,
            mode: run.mode,
            controller: controller.or(run.outline.controller),
            paused: run.paused.map(|pause| Paused {
                reason: pause.reason,
                by: pause.by,
                since_ms: pause.at_ms,
            }),
            permits,
            track: chosen.track,
            conditions: chosen.conditions,
            after: start.after,
            pins: run.pins.into_values().collect(),
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
    head(&run, &chosen);
    out::line("");
    out::line(table::steps(&summary));
    for line in late::remarks(&summary) {
        out::line(line);
    }
    if !run.pins.is_empty() {
        out::line("\nUSES");
        run.pins
            .values()
            .for_each(|pin| out::line(format!("  {}", versions::line(pin))));
    }
    match &run.end {
        Some(cm_orchestrator::RunEnd::Failed { error }) => {
            out::line(format!("\nfailed: {}", text::clean(&error.to_string())));
        }
        Some(cm_orchestrator::RunEnd::Done { output }) if !output.is_empty() => {
            out::line(format!("\n{}", text::clean(output)));
        }
        _ => {}
    }
    for task in run.open_questions() {
        let asks = match task.question().map(|question| question.kind) {
            Some(QuestionKind::Turn) => questions::line(task),
            _ => questions::line(task).replacen(": ", " asks: ", 1),
        };
        let ways = questions::ways(&id, &[task]);
        let said = questions::said(&run, task).map(|said| format!("\n{said}"));
        let said = said.unwrap_or_default();
        out::line(format!("\n{asks}{said}\nanswer it: {ways}"));
    }
    if !driven && !matches!(summary.status, Status::Done) {
        out::line(format!("\ngo on: cm resume {id}"));
    }
    Ok(Exit::Done)
}

/// Who drives it, what was chosen, and whether it is paused.
fn head(run: &Run, chosen: &Chosen) {
    let is_usual = run.mode == Mode::Continuous && run.outline.controller.is_none();
    if !is_usual {
        out::line(modes::described(run));
    }
    let track = chosen.track.as_deref().map(|id| format!("track {id}"));
    let conditions = chosen.conditions.join(", ");
    let conditions = (!conditions.is_empty()).then(|| format!("with {conditions}"));
    let chosen: Vec<_> = track.into_iter().chain(conditions).collect();
    if !chosen.is_empty() {
        out::line(text::one_line(&chosen.join(", "), 200));
    }
    if let Some(after) = run.after() {
        out::line(again(after));
    }
    for allowed in Allowed::all(run) {
        out::line(allowed.line());
    }
    if let Some(line) = spending::used(run) {
        out::line(line);
    }
    if let Some(line) = spending::waiting(run) {
        out::line(line);
    }
    if let Some(pause) = &run.paused {
        let by = match pause.by.as_str() {
            "" => String::new(),
            by => format!(" by {}", text::one_line(by, 40)),
        };
        let reason = pause.reason.as_deref().map(|why| text::one_line(why, 160));
        let reason = reason.map_or_else(String::new, |why| format!(": {why}"));
        let since = figures::moment(pause.at_ms);
        out::line(format!("paused{by} since {since}{reason}"));
    }
}

/// Which run it comes after, and what of that is done again.
fn again(after: &After) -> String {
    let run = text::one_line(&after.run, 40);
    match &after.at {
        Some(at) => format!("after run {run}, anew from `{}` on", text::one_line(at, 60)),
        None => format!("run {run} once more"),
    }
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
