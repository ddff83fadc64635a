//! Decisions that need no question: on, past, back, no, and again.

use std::path::Path;

use cm_journal::Message;
use cm_types::Decision;

use super::{order, target::Named};
use crate::{
    arguments::{Back, Next, Reject, Revise, Skip},
    exit::Exit,
    person,
    trouble::Trouble,
};

pub(crate) fn next(arguments: Next) -> Result<Exit, Trouble> {
    let target = arguments.target;
    let place = target.place.dir.as_deref();
    direct(&target.run, place, target.step, Decision::Next, "Gone on")
}

pub(crate) fn skip(arguments: Skip) -> Result<Exit, Trouble> {
    let target = arguments.target;
    let place = target.place.dir.as_deref();
    direct(&target.run, place, target.step, Decision::Skip, "Skipped")
}

pub(crate) fn back(arguments: Back) -> Result<Exit, Trouble> {
    let decision = Decision::Back(arguments.to);
    let place = arguments.place.dir.as_deref();
    direct(&arguments.run, place, arguments.step, decision, "Gone back")
}

pub(crate) fn reject(arguments: Reject) -> Result<Exit, Trouble> {
    let decision = Decision::Reject(arguments.reason);
    let place = arguments.place.dir.as_deref();
    direct(&arguments.run, place, arguments.step, decision, "Rejected")
}

pub(crate) fn revise(arguments: Revise) -> Result<Exit, Trouble> {
    let decision = Decision::Revise(arguments.text);
    let place = arguments.place.dir.as_deref();
    direct(&arguments.run, place, arguments.step, decision, "Sent back")
}

fn direct(
    run: &str,
    place: Option<&Path>,
    step: Option<String>,
    decided: Decision,
    done: &str,
) -> Result<Exit, Trouble> {
    let (named, _) = Named::open(run, place)?;
    let by = person::name();
    let message = Message::Direct {
        step,
        decided,
        now: false,
        by: by.clone(),
    };
    order::give(&named.journal, &named.id, &message, &by, done)
}
