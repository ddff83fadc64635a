use cm_orchestrator::{Event, RunStart, Status};
use rusqlite::Connection;

use crate::{
    Blobs, JournalError,
    chain::{self, Entry, Link},
    payload::Payload,
    reader,
    tally::{Kinds, Tally},
};

/// A run that this process holds.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) epoch: i64,
    pub(crate) seq: u64,
    pub(crate) head: Link,
    pub(crate) updated_ms: u64,
    pub(crate) tally: Tally,
    pub(crate) kinds: Kinds,
    /// What `kinds` does not know yet.
    pub(crate) unread: Option<Unread>,
    /// The run has no row yet: what it will be started with.
    pub(crate) start: Option<Box<RunStart>>,
    /// Why nothing more is taken.
    pub(crate) refused: Option<JournalError>,
}

/// What there was of a run when it was taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread {
    /// The last event.
    pub(crate) last: u64,
    /// How many tasks.
    pub(crate) tasks: u32,
}

/// An event on its way to the disk.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) at_ms: u64,
    pub(crate) kind: &'static str,
    pub(crate) payload: Payload,
    pub(crate) link: Link,
}

impl Held {
    /// Looks up what kinds of tasks there are, as soon as something is said of one that may
    /// be of earlier: what is said later adds to it.
    pub(crate) fn learn(
        &mut self,
        connection: &Connection,
        blobs: &Blobs,
        run: &str,
        events: &[Event],
        failed: impl Fn(&rusqlite::Error) -> JournalError,
    ) -> Result<(), JournalError> {
        let Some(unread) = self.unread else {
            return Ok(());
        };
        let old = |event: &Event| match event {
            Event::Attempted { task, .. }
            | Event::Assigned { task, .. }
            | Event::Reopened { task } => *task < unread.tasks,
            Event::Switched { .. } => true,
            _ => false,
        };
        if !events.iter().any(old) {
            return Ok(());
        }
        let kinds =
            reader::kinds(connection, blobs, run, unread.last).map_err(|error| failed(&error))?;
        // What was asked for since is in it already, under other numbers.
        self.kinds.extend(kinds);
        self.unread = None;
        Ok(())
    }

    /// Makes a row of the event and moves on.
    pub(crate) fn add(&mut self, run: &str, at_ms: u64, event: &Event, payload: Payload) -> Row {
        self.seq += 1;
        self.updated_ms = at_ms;
        self.tally.add(at_ms, event, &mut self.kinds);
        let entry = Entry {
            run,
            seq: self.seq,
            at_ms,
            kind: event.kind().as_bytes(),
            payload: payload.text.as_bytes(),
            blobs: payload.blobs.as_deref().map(str::as_bytes),
        };
        self.head = chain::link(&self.head, &entry);
        Row {
            seq: self.seq,
            at_ms,
            kind: event.kind(),
            payload,
            link: self.head,
        }
    }

    /// The tasks at work, as JSON.
    pub(crate) fn open(&self) -> String {
        let name = |(task, status): (&u32, &Status)| format!("\"{task}\":\"{}\"", status.as_str());
        let open: Vec<String> = self.tally.open.iter().map(name).collect();
        format!("{{{}}}", open.join(","))
    }
}
