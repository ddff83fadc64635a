use std::{
    fs::File,
    sync::mpsc::{self, Sender},
    thread::{self, JoinHandle},
};

use crate::{
    Blobs, JournalError,
    commit::{Append, Runs},
    database,
    layout::Layout,
    presence::Presence,
    store::Store,
    ticket::{Resolver, Ticket, ticket},
};

/// What a run is created with.
pub(crate) const FIRST_EPOCH: i64 = 1;

pub(crate) enum Job {
    Append(Append),
    Create(Append),
    Lease {
        run: String,
        resolver: Resolver<i64>,
    },
    /// The lock is let go of after everything that was appended under it.
    Release {
        run: String,
        epoch: i64,
        lock: File,
    },
    Send {
        run: String,
        message: String,
        resolver: Resolver<u64>,
    },
    Ack {
        ids: Vec<u64>,
        resolver: Resolver<()>,
    },
    Flush {
        resolver: Resolver<()>,
    },
    Stop,
}

/// The one thread of this process that writes.
#[derive(Debug)]
pub(crate) struct Writer {
    sender: Sender<Job>,
    thread: Option<JoinHandle<()>>,
    presence: Option<Presence>,
    pub(crate) unclean: bool,
}

impl Writer {
    pub(crate) fn start(layout: &Layout, blobs: &Blobs) -> Result<Self, JournalError> {
        layout.create()?;
        let presence = Presence::enter(&layout.presence(), || {
            layout.sweep();
            blobs.sweep();
        })?;
        let connection = database::open_writer(layout)?;
        let path = layout.database();
        if presence.doubtful {
            let found = database::quick_check(&connection)
                .map_err(|error| JournalError::sqlite(&path, &error))?;
            if !found.is_empty() {
                let detail = found.join("; ");
                return Err(JournalError::Corrupt { path, detail });
            }
        }
        let store = Store {
            connection,
            path,
            blobs: blobs.clone(),
            runs: Runs::new(),
            broken: None,
        };
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("journal".into())
            .spawn(move || store.serve(&receiver))
            .map_err(|error| JournalError::io("start the writer of", layout.root(), &error))?;
        Ok(Self {
            sender,
            thread: Some(thread),
            unclean: presence.unclean,
            presence: Some(presence),
        })
    }

    pub(crate) fn sender(&self) -> Sender<Job> {
        self.sender.clone()
    }

    pub(crate) fn ask<T>(&self, job: impl FnOnce(Resolver<T>) -> Job) -> Ticket<T> {
        let (resolver, ticket) = ticket();
        // A job that nobody takes answers by being dropped.
        let _ = self.sender.send(job(resolver));
        ticket
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.sender.send(Job::Stop);
        let finished = self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_ok());
        // Otherwise the next one who opens it has a closer look.
        if let Some(presence) = self.presence.take().filter(|_| finished) {
            let _ = presence.leave();
        }
    }
}
