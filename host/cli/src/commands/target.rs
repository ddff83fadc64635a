//! The run, and in it the question, that a word is for.

use std::path::Path;

use cm_journal::Journal;
use cm_orchestrator::{Run, Task};
use cm_types::QuestionKind;

use super::show;
use crate::{place, trouble::Trouble, view::text};

/// A run that was named.
pub(crate) struct Named {
    pub(crate) journal: Journal,
    pub(crate) id: String,
}

impl Named {
    /// The run, wherever its project is.
    pub(crate) fn find(run: &str, directory: Option<&Path>) -> Result<Self, Trouble> {
        let journal = place::journal_with_runs(directory)?;
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
