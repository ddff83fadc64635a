use cm_journal::Message;
use cm_types::Mode as Driver;

use super::{order, target::Named};
use crate::{
    arguments::Mode,
    exit::Exit,
    person,
    trouble::Trouble,
    view::{modes, out},
};

pub(crate) fn run(arguments: &Mode) -> Result<Exit, Trouble> {
    let (named, run) = Named::open(&arguments.run, arguments.place.dir.as_deref())?;
    let Some(mode) = arguments.mode.as_deref().and_then(Driver::parse) else {
        out::line(modes::described(&run));
        return Ok(Exit::Done);
    };
    if run.mode == mode {
        eprintln!("Run {} is {} already.", named.id, mode.as_str());
        return Ok(Exit::Done);
    }
    let by = person::name();
    let message = Message::Switch {
        mode,
        by: by.clone(),
    };
    let done = format!("Run {} is {} from now on", named.id, mode.as_str());
    order::give(&named.journal, &named.id, &message, &by, &done)
}
