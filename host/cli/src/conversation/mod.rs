//! The person at the terminal that drives a run: what is asked is answered in lines, and
//! lines that nobody asked for are words to the run. Agents go on meanwhile.

mod room;
mod screen;
mod showing;
mod tty;
mod typing;
mod words;

use std::{
    io::{IsTerminal as _, Read as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use cm_driver::{Asked, Person, Word};
use cm_journal::Message;
use cm_orchestrator::Run;
use indicatif::MultiProgress;
use tokio::sync::mpsc::UnboundedSender;

use room::Room;
use screen::Screen;
use tty::Tty;
use typing::Typing;

/// The conversation; as long as it lives, the terminal is its own.
pub(crate) struct Conversation {
    room: Arc<Room>,
    tty: Option<Tty>,
}

/// The same, as the run sees it.
pub(crate) struct Terminal(Arc<Room>);

impl Conversation {
    /// None when there is nobody to ask.
    pub(crate) fn open(
        id: &str,
        run: Arc<Mutex<Run>>,
        voice: UnboundedSender<Message>,
        multi: &MultiProgress,
    ) -> Option<Self> {
        let there = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if !there || !tty::is_ours() {
            return None;
        }
        // A terminal that cannot be drawn on shows itself what is typed.
        let tty = if multi.is_hidden() { None } else { Tty::take() };
        let screen = Screen::new(multi.clone(), tty.is_some());
        let by = crate::person::name();
        let room = Arc::new(Room::new(id.to_owned(), by, run, voice, screen));
        let reader = Arc::clone(&room);
        let drawn = tty.is_some();
        // It waits for the terminal as long as the program lives.
        thread::Builder::new()
            .name("terminal".into())
            .spawn(move || read(&reader, drawn))
            .ok()?;
        Some(Self { room, tty })
    }

    /// To be asked by the run.
    pub(crate) fn terminal(&self) -> Terminal {
        Terminal(Arc::clone(&self.room))
    }

    /// From here on plain words are for the controller, until an empty line.
    pub(crate) fn brief(&self, controller: &str) {
        self.room.brief(controller);
    }

    /// Gives the terminal back.
    pub(crate) fn close(&mut self) {
        self.room.close();
        self.tty = None;
    }
}

impl Person for Terminal {
    fn ask(&mut self, asked: Asked, answer: Box<dyn FnOnce(Word) + Send>) {
        self.0.ask(asked, answer);
    }

    fn withdraw(&mut self, task: u32) {
        self.0.withdraw(task);
    }
}

fn read(room: &Room, drawn: bool) {
    let mut typing = Typing::default();
    let mut bytes = [0; 256];
    loop {
        let count = match std::io::stdin().lock().read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for byte in bytes.iter().take(count) {
            if let Some(line) = typing.push(*byte) {
                room.hear(&line);
            }
        }
        if drawn {
            room.typed(&typing.text());
        }
    }
    room.desert();
}

/// What is behind it is whole after every change.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
