use std::{path::Path, sync::Arc};

use cm_driver::{Catalog, Drive};
use cm_orchestrator::{Run, RunEnd};

use super::{conduct::conduct, show, workflow};
use crate::{arguments::Resume, exit::Exit, place, trouble::Trouble, view::text};

pub(crate) fn run(arguments: Resume) -> Result<Exit, Trouble> {
    let journal = place::journal_with_runs(arguments.place.dir.as_deref())?;
    let id = show::find(&journal, &arguments.run)?;
    let lease = journal.lease(&id)?;
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
    let registry = place::registry()?;
    let mut found = workflow::locate(&registry, &start.workflow)?;
    found.entry.clone_from(&start.entry);
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, Some(found.package.clone()));
    let outline = workflow::checked(&catalog, &found)?;
    let directory = place::directory(Some(Path::new(&start.directory)))?;
    let scratch = lease.directory().to_owned();
    if !arguments.manner.json {
        let again = match state.end {
            Some(RunEnd::Failed { .. }) => state.failed_tasks(),
            _ => Vec::new(),
        };
        let finished = state
            .tasks
            .iter()
            .filter(|task| task.result().is_some_and(Result::is_ok) && !again.contains(&task.id))
            .count();
        let name = text::one_line(&outline.name, 80);
        let tasks = if finished == 1 {
            "task is"
        } else {
            "tasks are"
        };
        eprintln!("Run {id}: {name} goes on; {finished} finished {tasks} kept");
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
    };
    conduct(drive, &arguments.manner)
}
