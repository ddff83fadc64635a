use std::{thread, time::Duration};

use cm_orchestrator::Record;

use super::target::Named;
use crate::{
    arguments::Logs,
    exit::Exit,
    trouble::Trouble,
    view::{log::Log, out, text},
};

/// Between two looks at a run that goes on.
const LOOK: Duration = Duration::from_millis(200);

pub(crate) fn run(arguments: Logs) -> Result<Exit, Trouble> {
    let Named { journal, id } = Named::find(&arguments.run, arguments.place.dir.as_deref())?;
    let mut log = Log::new(arguments.step.clone());
    let mut seen = 0;
    loop {
        // Asked before the journal is read: what is appended in between is read too.
        let driven = arguments.follow && journal.driver(&id)?.is_some();
        for record in journal.events(&id, seen)? {
            seen = record.seq;
            if arguments.json {
                print_json(&record)
            } else {
                log.see(&record)
            }
        }
        if !driven {
            break;
        }
        thread::sleep(LOOK);
    }
    if let Some(step) = &arguments.step
        && !arguments.json
        && !log
            .run()
            .outline
            .steps
            .iter()
            .any(|known| known.id == *step)
    {
        let known: Vec<_> = log
            .run()
            .outline
            .steps
            .iter()
            .map(|step| step.id.as_str())
            .collect();
        let message = format!(
            "run {id} has no step `{step}`; it has: {}",
            known.join(", ")
        );
        return Err(Trouble::usage("no-such-step", message));
    }
    Ok(Exit::Done)
}

fn print_json(record: &Record) {
    if let Ok(line) = serde_json::to_string(record) {
        out::line(text::json(&line));
    }
}
