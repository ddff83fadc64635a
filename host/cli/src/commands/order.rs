//! A word to a run: written down here when nobody drives it, else brought to whoever does.

use std::{
    thread,
    time::{Duration, Instant},
};

use cm_journal::{Journal, JournalError, Message};
use cm_orchestrator::{Core, Event, Input, Run};
use cm_types::Work;

use super::{parked, show};
use crate::{
    exit::Exit,
    trouble::Trouble,
    view::{plain, refusal},
};

/// How long to wait for what comes of it.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(40);

/// How it was taken.
#[derive(Debug)]
pub(crate) enum Taken {
    /// Nobody drives the run; it is in the journal.
    Written,
    /// Who drives it has done this: lines for a person.
    Done(String),
    /// Who drives it has been told, and has not said anything yet.
    Told,
}

/// Gives the order, and says what came of it. `done` is what has happened then, in a word.
pub(crate) fn give(
    journal: &Journal,
    id: &str,
    message: &Message,
    by: &str,
    done: &str,
) -> Result<Exit, Trouble> {
    match bring(journal, id, message, by)? {
        Taken::Written => eprintln!("{done}. Go on with: cm resume {id}"),
        Taken::Done(line) => eprintln!("{line}"),
        Taken::Told => eprintln!("{done}: whoever drives run {id} was told, and is still busy."),
    }
    Ok(Exit::Done)
}

/// Gives the order.
pub(crate) fn bring(
    journal: &Journal,
    id: &str,
    message: &Message,
    by: &str,
) -> Result<Taken, Trouble> {
    match journal.lease(id) {
        Ok(_lease) => {
            write(journal, id, message)?;
            Ok(Taken::Written)
        }
        Err(JournalError::Busy { .. }) => {
            let run = show::load(journal, id)?;
            // Only whoever drives the run knows what is at work; the rest can be told here.
            if !matches!(message, Message::Direct { .. }) {
                decide(id, &run, meaning(message))?;
            }
            journal.send(id, message)?;
            wait(journal, id, run, by)
        }
        Err(error) => Err(error.into()),
    }
}

/// Enters it into a run that nobody drives. What cannot be is refused.
fn write(journal: &Journal, id: &str, message: &Message) -> Result<(), Trouble> {
    let run = show::load(journal, id)?;
    let events = match message {
        Message::Direct {
            step, decided, by, ..
        } => parked::direct(id, &run, step.as_deref(), decided, by)?,
        message => decide(id, &run, meaning(message))?,
    };
    let now_ms = cm_effects::timer::now_ms();
    journal.append(id, now_ms, events).wait_blocking()?;
    Ok(())
}

/// What follows from an input for a run, if it can be.
pub(crate) fn decide(id: &str, run: &Run, input: Input) -> Result<Vec<Event>, Trouble> {
    let now_ms = cm_effects::timer::now_ms();
    let decided = Core::new(id, run.clone()).decide(now_ms, input);
    match decided.refused {
        Some(failure) => {
            Err(Trouble::usage(&failure.code, failure.message).maybe_help(failure.details))
        }
        None => Ok(decided.events),
    }
}

/// Waits for what comes of it.
fn wait(journal: &Journal, id: &str, mut run: Run, by: &str) -> Result<Taken, Trouble> {
    let mut seen = run.events;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let mut lines = Vec::new();
        for record in journal.events(id, seen)? {
            seen = record.seq;
            run.apply(record.at_ms, &record.event);
            if let Event::Noted { item, .. } = &record.event
                && let Some((why, _)) = refusal::of(item).filter(|(_, said_by)| said_by == by)
            {
                return Err(Trouble::usage("refused", why));
            }
            if is_by(&record.event, by) {
                lines.extend(plain::line(&run, &record.event));
            }
        }
        if !lines.is_empty() {
            return Ok(Taken::Done(lines.join("\n")));
        }
        thread::sleep(LOOK);
    }
    Ok(Taken::Told)
}

/// Whether this person has made it happen.
fn is_by(event: &Event, person: &str) -> bool {
    match event {
        Event::Finished { by: Some(by), .. }
        | Event::Steered { by, .. }
        | Event::Switched { by, .. }
        | Event::Paused { by, .. }
        | Event::Continued { by }
        | Event::Raised { by, .. } => by == person,
        Event::Held { say, .. } => say.is_some(),
        Event::Requested { work, .. } => {
            matches!(&**work, Work::Talk(talk) if talk.by == person)
        }
        _ => false,
    }
}

/// What a message means to the core. Every kind that this version sends means something.
fn meaning(message: &Message) -> Input {
    let nothing = Input::Pass { scope: None };
    message.clone().input().unwrap_or(nothing)
}
