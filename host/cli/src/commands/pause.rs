use cm_journal::Message;

use super::{order, target::Named};
use crate::{arguments::Pause, exit::Exit, person, trouble::Trouble};

pub(crate) fn run(arguments: Pause) -> Result<Exit, Trouble> {
    let (named, run) = Named::open(&arguments.run, arguments.place.dir.as_deref())?;
    let id = &named.id;
    if !named.is_driven()? {
        let message = format!("nobody drives run {id}, so it does not go on anyway");
        return Err(
            Trouble::usage("not-driven", message).help(format!("go on with it: cm resume {id}"))
        );
    }
    if run.paused.is_some() && !arguments.now {
        eprintln!("Run {id} is paused already. Go on with: cm resume {id}");
        return Ok(Exit::Done);
    }
    let by = person::name();
    let message = Message::Pause {
        reason: arguments.reason,
        now: arguments.now,
        by: by.clone(),
    };
    let exit = order::give(&named.journal, id, &message, &by, "Paused")?;
    eprintln!("Go on with: cm resume {id}");
    Ok(exit)
}
