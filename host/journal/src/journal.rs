use std::{
    path::PathBuf,
    sync::{Mutex, OnceLock},
};

use cm_orchestrator::{Event, Record};
use rusqlite::Connection;

use crate::{
    Blobs, Damage, Found, JournalError, Lease, RunRow, Ticket, Waiting, check,
    commit::Append,
    id,
    layout::Layout,
    lease,
    writer::{FIRST_EPOCH, Job, Writer},
};

/// The events of all runs of one project.
///
/// Everything but [`Journal::append`] waits for the disk or for another process, for a
/// millisecond as a rule. Any number of processes may have the same journal open.
#[derive(Debug)]
pub struct Journal {
    pub(crate) layout: Layout,
    pub(crate) blobs: Blobs,
    /// Dropped before the writer, which then closes the last connection and tidies up.
    pub(crate) reader: Mutex<Option<Reading>>,
    pub(crate) writer: OnceLock<Writer>,
    /// Only one thread at a time starts the writer.
    pub(crate) starting: Mutex<()>,
}

#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) connection: Connection,
    /// SQLite's count of what other connections have changed.
    pub(crate) seen: Option<i64>,
}

impl Journal {
    /// Makes a run with its first events, [`Event::Started`] foremost, and takes it. All
    /// of it is on disk afterwards, or nothing.
    pub fn create_run(
        &self,
        run: &str,
        at_ms: u64,
        events: Vec<Event>,
    ) -> Result<Lease, JournalError> {
        id::check(run)?;
        let writer = self.writer()?;
        let lock = lease::lock(&self.layout, run).map_err(|error| match error {
            JournalError::Busy { run, .. } => JournalError::Exists { run },
            other => other,
        })?;
        let created = writer.ask(|resolver| {
            Job::Create(Append {
                run: run.to_owned(),
                at_ms,
                events,
                acks: Vec::new(),
                resolver,
            })
        });
        created.wait_blocking()?;
        Ok(Lease::new(
            run,
            &self.layout,
            FIRST_EPOCH,
            lock,
            writer.sender(),
        ))
    }

    /// Takes a run, to go on with it. Fails with [`JournalError::Busy`] while a process
    /// has it. What was refused after a failed write is accepted again.
    pub fn lease(&self, run: &str) -> Result<Lease, JournalError> {
        id::check(run)?;
        let known = self.read(|reader| {
            let ids = reader.ids(run).map_err(|error| reader.failed(&error))?;
            Ok(ids.iter().any(|id| id == run))
        })?;
        if !known {
            return Err(JournalError::NoRun { run: run.into() });
        }
        let writer = self.writer()?;
        // A lease that this process has just dropped is given back by now.
        self.flush()?;
        let lock = lease::lock(&self.layout, run)?;
        let epoch = writer
            .ask(|resolver| Job::Lease {
                run: run.to_owned(),
                resolver,
            })
            .wait_blocking()?;
        Ok(Lease::new(run, &self.layout, epoch, lock, writer.sender()))
    }

    /// Appends events to a run that this process has leased, in the order of the calls,
    /// all of them or none. Returns at once: whoever acts on the events waits for the
    /// ticket. What is pending at the same time goes to disk together.
    pub fn append(&self, run: &str, at_ms: u64, events: Vec<Event>) -> Ticket {
        self.append_acking(run, at_ms, events, Vec::new())
    }

    /// The same; messages that the events answer are gone with the same commit.
    pub fn append_acking(
        &self,
        run: &str,
        at_ms: u64,
        events: Vec<Event>,
        acks: Vec<u64>,
    ) -> Ticket {
        match self.writer() {
            Ok(writer) => writer.ask(|resolver| {
                Job::Append(Append {
                    run: run.to_owned(),
                    at_ms,
                    events,
                    acks,
                    resolver,
                })
            }),
            Err(error) => Ticket::failed(error),
        }
    }

    /// Waits until everything that was appended before is on disk or refused.
    pub fn flush(&self) -> Result<(), JournalError> {
        match self.writer.get() {
            Some(writer) => {
                let flushed = writer.ask(|resolver| Job::Flush { resolver });
                flushed.wait_blocking()
            }
            None => Ok(()),
        }
    }

    /// The events of a run after this one (0: all of them), with their blobs, after a
    /// check that they are what was written.
    pub fn events(&self, run: &str, after_seq: u64) -> Result<Vec<Record>, JournalError> {
        self.read(|reader| reader.events(run, after_seq))
    }

    /// At most so many runs, the latest first.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunRow>, JournalError> {
        let mut runs = self.read(|reader| reader.runs(limit))?;
        for run in runs.iter_mut().filter(|run| !run.status.is_over()) {
            run.driver = lease::driver(&self.layout, &run.id)?;
        }
        Ok(runs)
    }

    /// What waits for a person in every run that is not over, the latest runs first.
    pub fn waiting(&self) -> Result<Vec<Waiting>, JournalError> {
        self.read(|reader| reader.waiting())
    }

    /// The run that a person means: an id, the beginning of one, or `last`.
    pub fn find(&self, prefix: &str) -> Result<Found, JournalError> {
        if prefix == id::LAST {
            let latest = self.read(|reader| reader.runs(1))?.pop();
            return Ok(latest.map_or(Found::None, |run| Found::One(run.id)));
        }
        self.read(|reader| reader.find(prefix))
    }

    /// The process that drives the run now; 0 when there is one and it did not say which.
    pub fn driver(&self, run: &str) -> Result<Option<u32>, JournalError> {
        id::check(run)?;
        lease::driver(&self.layout, run)
    }

    /// The store of large texts and recordings.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// The run's own directory, which may not exist yet.
    pub fn run_directory(&self, run: &str) -> Result<PathBuf, JournalError> {
        id::check(run)?;
        Ok(self.layout.run(run))
    }

    /// Reads all of the journal and tells what is not as it was written.
    pub fn check(&self) -> Result<Vec<Damage>, JournalError> {
        self.read(|reader| Ok(check::check(reader)))
    }
}
