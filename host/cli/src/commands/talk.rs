use std::{
    io::{BufRead as _, IsTerminal as _},
    thread,
    time::Duration,
};

use cm_journal::Message;
use cm_orchestrator::Event;
use cm_types::{Controller, Work};

use super::{
    order::{self, Taken},
    show,
    target::Named,
};
use crate::{
    arguments::Talk,
    exit::Exit,
    person,
    preparation::prompt::somebody_is_there,
    trouble::Trouble,
    view::{out, plain, text},
};

/// Between two looks for the answer.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) fn run(arguments: Talk) -> Result<Exit, Trouble> {
    let (named, run) = Named::open(&arguments.run, arguments.place.dir.as_deref())?;
    let id = &named.id;
    match &run.controller {
        Some((Controller::Agent(_), _)) => {}
        Some((Controller::Component { name, .. }, _)) => {
            let message = format!("the controller of run {id} is a component, {name}");
            return Err(Trouble::usage("no-agent", message)
                .help("only a controller that is an agent can be talked to"));
        }
        None => {
            let message = format!("run {id} has no controller to talk to");
            return Err(Trouble::usage("no-controller", message).help(format!(
                "say something to the agent at work: cm reply {id} TEXT"
            )));
        }
    }
    if !named.is_driven()? {
        let message = format!("nobody drives run {id}, so its controller cannot answer");
        return Err(
            Trouble::usage("not-driven", message).help(format!("go on with it: cm resume {id}"))
        );
    }
    match arguments.text {
        Some(text) => say(&named, text),
        None if somebody_is_there() && std::io::stdout().is_terminal() => chat(&named),
        None => Err(Trouble::usage("nothing-said", "there is nothing to say")
            .help(format!("cm talk {id} TEXT"))),
    }
}

fn chat(named: &Named) -> Result<Exit, Trouble> {
    eprintln!("An empty line ends the conversation.");
    loop {
        eprint!("> ");
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        if !matches!(read, Ok(1..)) || line.trim().is_empty() {
            return Ok(Exit::Done);
        }
        say(named, line.trim().to_owned())?;
    }
}

/// Says it, and prints the answer.
fn say(named: &Named, said: String) -> Result<Exit, Trouble> {
    let (journal, id) = (&named.journal, &named.id);
    let by = person::name();
    let before = show::load(journal, id)?.events;
    let message = Message::Talk {
        text: said,
        by: by.clone(),
    };
    if let Taken::Told = order::bring(journal, id, &message, &by)? {
        eprintln!("Whoever drives run {id} is still busy.");
    }
    let mut seen = before;
    let mut talk = None;
    loop {
        // Asked before the journal is read: what is appended in between is read too.
        let driven = named.is_driven()?;
        for record in journal.events(id, seen)? {
            seen = record.seq;
            match record.event {
                Event::Requested { task, work, .. } if talk.is_none() => {
                    if matches!(&*work, Work::Talk(talk) if talk.by == by) {
                        talk = Some(task);
                    }
                }
                Event::Finished { task, result, .. } if Some(task) == talk => {
                    return match result {
                        Ok(reply) => {
                            out::line(text::clean(&reply.text));
                            Ok(Exit::Done)
                        }
                        Err(error) => Err(Trouble::new("no-answer", plain::reason(&error))),
                    };
                }
                _ => {}
            }
        }
        if !driven {
            let message = format!("run {id} ended before its controller answered");
            return Err(Trouble::new("no-answer", message));
        }
        thread::sleep(LOOK);
    }
}
