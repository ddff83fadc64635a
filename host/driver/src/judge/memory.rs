//! What an engine gave out at the end of the controller's last turn and is given again
//! with the next one. A decision is not a reply and has no room for it, so it is noted.

use std::sync::{Mutex, PoisonError};

use cm_orchestrator::{Event, Input};
use cm_types::{Extension, Options, Reply};
use serde::{Deserialize, Serialize};

use crate::floor::Floor;

/// The kind of the notes.
const KIND: &str = "conversation";

/// The last turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    session: String,
    options: Options,
}

/// The controller's last turn; nothing as long as nobody has asked the journal.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Option<Last>>);

impl Memory {
    fn get(&self) -> Option<Last> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, last: Last) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }

    /// What was given out at the end of this conversation's last turn.
    pub(super) fn options(&self, session: &str) -> Option<Options> {
        let last = self.get().filter(|last| last.session == session)?;
        Some(last.options)
    }
}

impl Floor {
    /// Remembers what a turn of the controller gave out.
    pub(super) fn remember(&self, task: u32, reply: &Reply) {
        let Some(session) = reply.session.clone() else {
            return;
        };
        let options = reply.options.clone();
        let last = Last { session, options };
        if let Ok(body) = serde_json::to_string(&last) {
            let kind = KIND.to_owned();
            let item = Extension { kind, body };
            let task = Some(task);
            self.ledger.input(Input::Note { task, item });
        }
        self.bench.memory.set(last);
    }

    /// Looks into the journal for what another process was to remember.
    pub(super) fn recall(&self, session: &str) {
        if self.bench.memory.get().is_some() {
            return;
        }
        let journal = self.ledger.journal();
        // Without it, what the engine counts from the beginning is counted again.
        let records = journal.events(self.ledger.run(), 0).unwrap_or_default();
        let noted = records
            .iter()
            .rev()
            .filter_map(|record| match &record.event {
                Event::Noted { item, .. } if item.kind == KIND => {
                    serde_json::from_str::<Last>(&item.body).ok()
                }
                _ => None,
            });
        let mut noted = noted.filter(|last| last.session == session);
        if let Some(last) = noted.next() {
            self.bench.memory.set(last);
        }
    }
}
