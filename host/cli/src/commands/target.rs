//! The run, and in it the question, that a word is for.

use std::path::Path;

use cm_journal::{Found, Journal};
use cm_orchestrator::{Run, Task};
use cm_types::QuestionKind;

use super::show;
use crate::{inbox, place, trouble::Trouble, view::text};

/// A run that was named.
pub(crate) struct Named {
    pub(crate) journal: Journal,
    pub(crate) id: String,
}

impl Named {
    /// The run, in the current project, or else in any other one that is known.
    pub(crate) fn find(run: &str, directory: Option<&Path>) -> Result<Self, Trouble> {
        let journal = place::journal(directory)?;
        let found = match &journal {
            Some(journal) if !run.is_empty() => journal.find(run)?,
            _ => Found::None,
        };
        if found == Found::None
            && directory.is_none()
            && let Some(elsewhere) = elsewhere(run)?
        {
            return Ok(elsewhere);
        }
        let journal = match journal {
            Some(journal) => journal,
            None => place::journal_with_runs(directory)?,
        };
        let id = show::find(&journal, run)?;
        Ok(Self { journal, id })
    }

    /// The same, with what its journal has. One that is over takes no words.
    pub(crate) fn open(run: &str, directory: Option<&Path>) -> Result<(Self, Run), Trouble> {
        let named = Self::find(run, directory)?;
        let state = show::load(&named.journal, &named.id)?;
        if state.status().is_over() {
            let message = format!(
                "run {} is over already: {}",
                named.id,
                state.status().as_str()
            );
            return Err(Trouble::usage("already-over", message));
        }
        Ok((named, state))
    }

    /// Whether a process drives it.
    pub(crate) fn is_driven(&self) -> Result<bool, Trouble> {
        Ok(self.journal.driver(&self.id)?.is_some())
    }
}

/// Fewer characters are no name for a run of another project: they may be a slip.
const SHORTEST: usize = 3;

/// The run of this name in another project. `last` is always the current project's.
fn elsewhere(run: &str) -> Result<Option<Named>, Trouble> {
    if run == "last" || run.chars().count() < SHORTEST {
        return Ok(None);
    }
    let mut found = Vec::new();
    for project in inbox::known() {
        // One that cannot be looked at hides no other; `cm inbox` tells of it.
        let Ok(Some(journal)) = Journal::open_existing(&project.join(place::STATE)) else {
            continue;
        };
        let ids = match journal.find(run) {
            Ok(Found::One(id)) => vec![id],
            Ok(Found::Many(ids)) => ids,
            Ok(Found::None) | Err(_) => continue,
        };
        found.push((project, journal, ids));
    }
    let whole = |ids: &[String]| ids.iter().any(|id| id == run);
    if found.iter().any(|(_, _, ids)| whole(ids)) {
        found.retain(|(_, _, ids)| whole(ids));
    }
    let several = found.len() > 1 || found.iter().any(|(_, _, ids)| ids.len() > 1);
    if several {
        let named = found.iter().flat_map(|(project, _, ids)| {
            let project = text::clean(&project.display().to_string());
            ids.iter().map(move |id| format!("{id} in {project}"))
        });
        let named: Vec<_> = named.collect();
        let message = format!(
            "`{}` could be one of {}",
            text::one_line(run, 60),
            named.join(", ")
        );
        return Err(Trouble::usage("which-run", message)
            .help("give more of its id, or name the project with --dir"));
    }
    Ok(found.pop().and_then(|(project, journal, mut ids)| {
        let id = ids.pop()?;
        let project = text::clean(&project.display().to_string());
        eprintln!("Run {id} is in {project}");
        Some(Named { journal, id })
    }))
}

/// The open question of a run, at this step if one is named.
pub(crate) fn question<'run>(
    id: &str,
    run: &'run Run,
    step: Option<&str>,
    wanted: impl Fn(QuestionKind) -> bool,
) -> Result<Option<&'run Task>, Trouble> {
    let open = run.tasks.iter().filter(|task| {
        task.is_open()
            && task
                .question()
                .is_some_and(|question| wanted(question.kind))
    });
    let open: Vec<_> = open.collect();
    let fitting: Vec<_> = open
        .iter()
        .filter(|task| step.is_none_or(|step| step == task.place.step))
        .collect();
    match fitting.as_slice() {
        [] => Ok(None),
        [task] => Ok(Some(task)),
        _ => {
            let steps: Vec<_> = open
                .iter()
                .map(|task| text::one_line(&task.place.step, 60))
                .collect();
            let message = format!("several steps of run {id} ask: {}", steps.join(", "));
            Err(Trouble::usage("which-step", message).help("say which with --step STEP"))
        }
    }
}
