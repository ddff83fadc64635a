use std::{path::Path, sync::Arc};

use cm_driver::{Catalog, Drive};
use cm_effects::timer;
use cm_journal::{Journal, JournalError, Message};
use cm_orchestrator::{Input, Run, RunEnd, Task};
use cm_types::{Budget, QuestionKind};

use super::{conduct::conduct, order, show, target::Named, versions::Again, workflow};
use crate::{
    arguments::Resume,
    briefing::Brief,
    exit::Exit,
    inbox, person, place,
    preparation::{budget, choices::Chosen},
    trouble::Trouble,
    view::{modes, spending, text},
};

pub(crate) fn run(arguments: Resume) -> Result<Exit, Trouble> {
    let Named { journal, id } = Named::find(&arguments.run, arguments.place.dir.as_deref())?;
    let more = budget::read(&arguments.budget)?;
    let lease = match journal.lease(&id) {
        Ok(lease) => lease,
        Err(busy @ JournalError::Busy { .. }) if !arguments.upgrade => {
            return go_on(&journal, &id, more, busy);
        }
        Err(error) => return Err(error.into()),
    };
    let records = journal.events(&id, 0)?;
    let mut state = Run::replay(records.iter().map(|record| (record.at_ms, &record.event)));
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
    inbox::remember(&directory);
    let registry = place::registry_for(&directory)?;
    let again = Again {
        run: &state,
        start: &start,
        typed: format!("cm resume {id}"),
        upgrade: arguments.upgrade,
    };
    let found = again.workflow(&registry)?;
    let runtime = place::runtime(&registry)?;
    let catalog = Catalog::new(registry, runtime, Some(found.package.clone()));
    let catalog = again.catalog(catalog)?;
    let outline = workflow::checked(&catalog, &found)?;
    let outline = Chosen::stored(&start.settings).filter(outline);
    if arguments.upgrade {
        let now = again.now(&catalog, &found)?;
        again.tell(&now);
        let by = person::name();
        enter(&journal, &id, &mut state, Input::Unpin { by })?;
        for pin in now {
            enter(&journal, &id, &mut state, Input::Pin(Box::new(pin)))?;
        }
    }
    if !more.is_none() {
        let by = person::name();
        enter(&journal, &id, &mut state, Input::Raise { budget: more, by })?;
    }
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
        if let Some(line) = spending::held(&state, timer::now_ms()) {
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
        bell: None,
    };
    conduct(drive, &arguments.manner, Brief::None)
}

/// It is driven: where it is paused there, it goes on there.
fn go_on(journal: &Journal, id: &str, more: Budget, busy: JournalError) -> Result<Exit, Trouble> {
    if !more.is_none() {
        let by = person::name();
        let message = Message::Raise {
            budget: more,
            by: by.clone(),
        };
        return order::give(journal, id, &message, &by, "Raised");
    }
    if show::load(journal, id)?.paused.is_none() {
        return Err(busy.into());
    }
    let by = person::name();
    let message = Message::Continue { by: by.clone() };
    order::give(journal, id, &message, &by, "Continued")
}

/// Something that is settled before the run goes on.
fn enter(journal: &Journal, id: &str, state: &mut Run, input: Input) -> Result<(), Trouble> {
    let events = order::decide(id, state, input)?;
    if events.is_empty() {
        return Ok(());
    }
    let now_ms = timer::now_ms();
    for event in &events {
        state.apply(now_ms, event);
    }
    journal.append(id, now_ms, events).wait_blocking()?;
    Ok(())
}

/// What comes after a turn is asked of somebody, or of nobody: it is no work.
fn is_gate(task: &Task) -> bool {
    let question = task.question();
    question.is_some_and(|question| question.kind == QuestionKind::Turn)
}
