mod teardown;
mod worth;

use std::{collections::HashMap, time::Duration};

use cm_effects::worktree::Leftover;
use cm_journal::{Journal, JournalError, RunRow};
use schemars::JsonSchema;
use serde::Serialize;

use super::show::row_word;
use crate::{
    arguments::Gc,
    exit::Exit,
    inbox, place,
    trouble::Trouble,
    view::{notice, out, table, text},
};
use teardown::tear_down;
use worth::worth_keeping;

/// The variable by which a program knows its run.
const CM_RUN: &str = "CM_RUN";
/// A private directory that has not changed for so long is nobody's.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// A row of `cm gc --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// `worktree`, `branch`, `directory`, `temporary`, `program`, `limit` or `project`.
    what: &'static str,
    /// The run it belonged to.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    /// A path, a branch, or a process's number.
    name: String,
    /// `removed`, `would-remove` or `kept`.
    done: &'static str,
    /// Why it is kept, and the way out; or why it could not be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// What is looked at, and what was found.
struct Sweep<'journal> {
    project: std::path::PathBuf,
    journal: Option<&'journal Journal>,
    runs: HashMap<String, RunRow>,
    dry: bool,
    rows: Vec<Row>,
}

pub(crate) fn run(arguments: &Gc) -> Result<Exit, Trouble> {
    let named = arguments.place.dir.as_deref();
    let journal = place::journal(named)?;
    let runs = match &journal {
        Some(journal) => journal.runs(usize::MAX)?,
        None => Vec::new(),
    };
    let mut sweep = Sweep {
        project: place::project(named)?,
        journal: journal.as_ref(),
        runs: runs.into_iter().map(|row| (row.id.clone(), row)).collect(),
        dry: arguments.dry_run,
        rows: Vec::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::new("no-runtime", error.to_string()))?;
    sweep.programs();
    runtime.block_on(sweep.worktrees())?;
    sweep.directories()?;
    sweep.temporaries();
    sweep.home();
    if arguments.json {
        out::json(&sweep.rows);
    } else {
        show(&sweep.rows, arguments.dry_run);
    }
    Ok(Exit::Done)
}

fn show(rows: &[Row], dry: bool) {
    if rows.is_empty() {
        eprintln!("Nothing is left over");
        return;
    }
    let mut shown = table::new(&["WHAT", "NAME", "DONE", "WHY"]);
    for row in rows {
        shown.add_row([
            row.what.to_owned(),
            text::one_line(&row.name, 200),
            row.done.to_owned(),
            row.why.as_deref().map(text::clean).unwrap_or_default(),
        ]);
    }
    out::line(table::render(&shown));
    let kept = rows.iter().filter(|row| row.done == "kept").count();
    let others = rows.len() - kept;
    let done = if dry { "would be removed" } else { "removed" };
    eprintln!("{others} {done}, {kept} kept");
}

impl Sweep<'_> {
    /// Why what a run has left has to stay; none: the run is over.
    fn stays(&self, run: &str) -> Option<String> {
        let Some(row) = self.runs.get(run) else {
            return Some(format!("no run `{run}` is in the project's journal"));
        };
        if row.driver.is_some() {
            return Some(format!("run {run} is at work"));
        }
        (!row.status.is_over()).then(|| {
            let word = row_word(row);
            format!(
                "run {run} can go on ({word}); do that: cm resume {run}; or end it: cm cancel {run}"
            )
        })
    }

    fn row(&mut self, what: &'static str, run: Option<&str>, name: String, kept: Option<String>) {
        let done = match (&kept, self.dry) {
            (Some(_), _) => "kept",
            (None, true) => "would-remove",
            (None, false) => "removed",
        };
        self.rows.push(Row {
            what,
            run: run.map(str::to_owned),
            name,
            done,
            why: kept,
        });
    }

    fn programs(&mut self) {
        for (pid, run) in cm_effects::bearers(CM_RUN) {
            let Some(row) = self.runs.get(&run) else {
                // Another project's.
                continue;
            };
            if row.driver.is_some() {
                continue;
            }
            let mut why = self.stays(&run);
            if why.is_none() && !self.dry {
                let swept = cm_effects::sweep_carriers(CM_RUN, &run);
                why = swept.err().map(|error| error.to_string());
            }
            self.row("program", Some(&run), pid.to_string(), why);
        }
    }

    async fn worktrees(&mut self) -> Result<(), Trouble> {
        let project = self.project.clone();
        let failed = |error: cm_effects::worktree::WorktreeError| {
            Trouble::new(error.code(), error.to_string())
        };
        for left in Leftover::all(&project).await.map_err(failed)? {
            let (what, name) = match (&left.path, &left.name) {
                (Some(path), _) => ("worktree", path.display().to_string()),
                (None, Some(name)) => ("branch", name.clone()),
                // Only what was written down of it: nobody misses that.
                (None, None) => {
                    if !self.dry && self.stays(&left.run).is_none() {
                        let _ = left.remove(&project).await;
                    }
                    continue;
                }
            };
            let mut why = self.stays(&left.run);
            if why.is_none() {
                why = match left.worth(&project).await {
                    Ok(worth) => worth.map(|worth| worth_keeping(&worth, &left)),
                    Err(error) => Some(format!("it cannot be told what is in it: {error}")),
                };
            }
            if why.is_none() && !self.dry {
                tear_down(&project, &left).await;
                why = left.remove(&project).await.err().map(|it| it.to_string());
            }
            self.row(what, Some(&left.run), name, why);
        }
        Ok(())
    }

    /// What a run needed while it went on.
    fn directories(&mut self) -> Result<(), Trouble> {
        let Some(journal) = self.journal else {
            return Ok(());
        };
        let mut over: Vec<String> = self.runs.keys().cloned().collect();
        over.retain(|run| self.stays(run).is_none());
        over.sort();
        for run in over {
            let directory = journal.run_directory(&run)?;
            if !directory.is_dir() {
                continue;
            }
            let why = match self.dry {
                true => None,
                // Nobody goes on with it meanwhile.
                false => match journal.lease(&run) {
                    Ok(_lease) => cm_effects::scratch::wipe(&directory)
                        .err()
                        .map(|error| error.to_string()),
                    Err(JournalError::Busy { .. }) => Some(format!("run {run} is at work")),
                    Err(error) => return Err(error.into()),
                },
            };
            self.row(
                "directory",
                Some(&run),
                directory.display().to_string(),
                why,
            );
        }
        Ok(())
    }

    /// What all projects share: limits that are over, and projects that are gone.
    fn home(&mut self) {
        let home = match crate::packaging::home() {
            Ok(home) => home,
            Err(error) => return notice(&error.to_string()),
        };
        let limits = cm_driver::Limits::of(&home);
        match limits.forget_over(cm_effects::timer::now_ms(), self.dry) {
            Ok(over) => {
                for path in over {
                    self.row("limit", None, path.display().to_string(), None);
                }
            }
            Err(error) => notice(&format!("limits that are over stay written down: {error}")),
        }
        for project in inbox::forget_gone(self.dry) {
            self.row("project", None, project.display().to_string(), None);
        }
    }

    fn temporaries(&mut self) {
        for path in cm_effects::scratch::forgotten(OLD) {
            let why = match self.dry {
                true => None,
                false => cm_effects::scratch::wipe(&path).err(),
            };
            let why = why.map(|error| error.to_string());
            self.row("temporary", None, path.display().to_string(), why);
        }
    }
}
