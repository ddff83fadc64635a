use std::{path::Path, sync::Arc};

use cm_driver::{Catalog, Drive};
use cm_journal::{Journal, JournalError, Message};
use cm_orchestrator::{Run, RunEnd, Task};
use cm_types::QuestionKind;

use super::{conduct::conduct, order, show, workflow};
use crate::{
    arguments::Resume,
    briefing::Brief,
    exit::Exit,
    person, place,
    preparation::choices::Chosen,
    trouble::Trouble,
    view::{modes, text},
};

pub(crate) fn run(arguments: Resume) -> Result<Exit, Trouble> {
    let journal = place::journal_with_runs(arguments.place.dir.as_deref())?;
    let id = show::find(&journal, &arguments.run)?;
    let lease = match journal.lease(&id) {
        Ok(lease) => lease,
        Err(busy @ JournalError::Busy { .. }) => return go_on(&journal, &id, busy),
        Err(error) => return Err(error.into()),
    };
    let records = journal.events(&id, 0)?;
    let state = Run::replay(records.iter().map(|record| (record.at_ms, &record.event)));
    drop(records);
    let Some(start) = state.start.clone() else {
        return Err(Trouble::new(
            "empty-run",
            format!("run {id} was never begun; there is nothing to resume"),
        ));
    };
    if let Some(RunEnd::Done { .. }) = state.end {
        return Err(
            Trouble::usage("already-done", format!("run {id} is done already")).help(format!(
                "see it: cm show {id}\nrun the workflow again: cm run {}",
                start.workflow
            )),
        );
    }
    let directory = place::directory(Some(Path::new(&start.directory)))?;
    let registry = place::registry_for(&directory)?;
    let mut found = workflow::again(&registry, &start)?;
    found.entry.clone_from(&start.entry);
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, Some(found.package.clone()));
    let outline = workflow::checked(&catalog, &found)?;
    let outline = Chosen::stored(&start.settings).filter(outline);
    let scratch = lease.directory().to_owned();
    if !arguments.manner.json {
        let again = match state.end {
            Some(RunEnd::Failed { .. }) => state.failed_tasks(),
            _ => Vec::new(),
        };
        let finished = state
            .tasks
            .iter()
            .filter(|task| !is_gate(task) && !again.contains(&task.id))
            .filter(|task| task.result().is_some_and(Result::is_ok))
            .count();
        let name = text::one_line(&outline.name, 80);
        let tasks = if finished == 1 {
            "task is"
        } else {
            "tasks are"
        };
        eprintln!("Run {id}: {name} goes on; {finished} finished {tasks} kept");
        if let Some(line) = modes::at_the_start(&outline, state.mode) {
            eprintln!("{line}");
        }
    }
    let drive = Drive {
        journal,
        lease,
        id,
        state,
        catalog: Arc::new(catalog),
        package: found.package,
        entry: found.entry,
        directory,
        scratch,
        fresh: false,
        outline,
        host: env!("CARGO_PKG_VERSION").into(),
        person: None,
        voice: None,
    };
    conduct(drive, &arguments.manner, Brief::None)
}

/// It is driven: where it is paused there, it goes on there.
fn go_on(journal: &Journal, id: &str, busy: JournalError) -> Result<Exit, Trouble> {
    if show::load(journal, id)?.paused.is_none() {
        return Err(busy.into());
    }
    let by = person::name();
    let message = Message::Continue { by: by.clone() };
    order::give(journal, id, &message, &by, "Continued")
}

/// What comes after a turn is asked of somebody, or of nobody: it is no work.
fn is_gate(task: &Task) -> bool {
    let question = task.question();
    question.is_some_and(|question| question.kind == QuestionKind::Turn)
}
