use cm_journal::{JournalError, Message};
use cm_orchestrator::{Core, Input};

use super::{show, target::Named};
use crate::{arguments::Cancel, exit::Exit, person, trouble::Trouble};

pub(crate) fn run(arguments: Cancel) -> Result<Exit, Trouble> {
    let Named { journal, id } = Named::find(&arguments.run, arguments.place.dir.as_deref())?;
    let by = person::name();
    match journal.lease(&id) {
        Ok(_lease) => {
            let run = show::load(&journal, &id)?;
            if run.status().is_over() {
                return Err(Trouble::usage(
                    "already-over",
                    format!("run {id} is over already: {}", run.status().as_str()),
                ));
            }
            let now_ms = cm_effects::timer::now_ms();
            let decision =
                Core::new(id.clone(), run.clone()).decide(now_ms, Input::CancelRun { by });
            journal
                .append(&id, now_ms, decision.events)
                .wait_blocking()?;
            cm_driver::end_leftovers(&id, &run)?;
            eprintln!("Run {id} is cancelled.");
        }
        Err(JournalError::Busy { .. }) => {
            journal.send(&id, &Message::Cancel { by })?;
            eprintln!("Run {id} is being cancelled.");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Exit::Done)
}
