use std::{path::PathBuf, sync::mpsc::Receiver};

use cm_orchestrator::{Event, Status};
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    Ask, Blobs, JournalError,
    chain::START,
    commit::{self, Append, Runs},
    held::{Held, Unread},
    listing::status,
    reader::link_in,
    statements::{begin, number},
    tally::{Kinds, Tally},
    writer::{FIRST_EPOCH, Job},
};

/// How many appends one transaction takes at most.
const BATCH: usize = 1024;

/// What the writer thread has.
pub(crate) struct Store {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    pub(crate) blobs: Blobs,
    pub(crate) runs: Runs,
    /// After this, nothing is written until the journal is opened again.
    pub(crate) broken: Option<JournalError>,
}

impl Store {
    pub(crate) fn serve(mut self, receiver: &Receiver<Job>) {
        while let Ok(first) = receiver.recv() {
            let mut batch = Vec::new();
            let mut next = Some(first);
            let other = loop {
                match next.take() {
                    Some(Job::Append(append)) => batch.push(append),
                    other => break other,
                }
                if batch.len() < BATCH {
                    next = receiver.try_recv().ok();
                }
            };
            self.append(batch);
            match other {
                Some(Job::Stop) => return,
                Some(job) => self.perform(job),
                None => {}
            }
        }
    }

    fn append(&mut self, batch: Vec<Append>) {
        if batch.is_empty() {
            return;
        }
        if let Some(broken) = &self.broken {
            for append in batch {
                append.resolver.resolve(Err(JournalError::Refused {
                    run: append.run,
                    because: Box::new(broken.clone()),
                }));
            }
            return;
        }
        let path = &self.path;
        let failed = |error: &rusqlite::Error| JournalError::sqlite(path, error);
        let done = commit::commit(&self.connection, &mut self.runs, &self.blobs, batch, failed);
        self.broken = done.err().filter(JournalError::is_fatal);
    }

    fn perform(&mut self, job: Job) {
        match job {
            Job::Append(append) => self.append(vec![append]),
            Job::Create(append) => match self.guarded(|store| store.create(&append)) {
                Ok(()) => {
                    let run = append.run.clone();
                    self.append(vec![append]);
                    // Still without a row: it did not work.
                    if self.runs.get(&run).is_some_and(|held| held.start.is_some()) {
                        self.runs.remove(&run);
                    }
                }
                Err(error) => append.resolver.resolve(Err(error)),
            },
            Job::Lease { run, resolver } => {
                resolver.resolve(self.guarded(|store| store.lease(&run)));
            }
            Job::Release { run, epoch, lock } => {
                if self.runs.get(&run).is_some_and(|held| held.epoch == epoch) {
                    self.runs.remove(&run);
                }
                crate::lease::release(lock);
            }
            Job::Send {
                run,
                message,
                resolver,
            } => resolver.resolve(self.guarded(|store| store.send(&run, &message))),
            Job::Ack { ids, resolver } => resolver.resolve(self.guarded(|store| {
                let transaction = begin(&store.connection)?;
                for id in ids {
                    transaction.execute("DELETE FROM inbox WHERE id = ?1", [number(id)])?;
                }
                transaction.commit()?;
                Ok(Ok(()))
            })),
            Job::Flush { resolver } => resolver.resolve(Ok(())),
            Job::Stop => {}
        }
    }

    /// The outer error is SQLite's, the inner one is ours.
    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> rusqlite::Result<Result<T, JournalError>>,
    ) -> Result<T, JournalError> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        work(self).unwrap_or_else(|error| {
            let error = JournalError::sqlite(&self.path, &error);
            self.broken = Some(error.clone()).filter(JournalError::is_fatal);
            Err(error)
        })
    }

    /// Makes room for a run; its row comes with its first events, in one commit.
    fn create(&mut self, append: &Append) -> rusqlite::Result<Result<(), JournalError>> {
        let run = &append.run;
        let Some(Event::Started(start)) = append.events.first() else {
            return Ok(Err(JournalError::Unwritable {
                run: run.clone(),
                what: "its first event is not its start".into(),
            }));
        };
        let known = self
            .connection
            .query_row("SELECT 1 FROM run WHERE id = ?1", [run], |_| Ok(()));
        if known.optional()?.is_some() {
            return Ok(Err(JournalError::Exists { run: run.clone() }));
        }
        let held = Held {
            epoch: FIRST_EPOCH,
            seq: 0,
            head: START,
            updated_ms: append.at_ms,
            tally: Tally::default(),
            kinds: Kinds::new(),
            unread: None,
            start: Some(start.clone()),
            refused: None,
        };
        self.runs.insert(run.clone(), held);
        Ok(Ok(()))
    }

    /// Takes the run away from whoever had it.
    fn lease(&mut self, run: &str) -> rusqlite::Result<Result<i64, JournalError>> {
        let transaction = begin(&self.connection)?;
        let row = transaction
            .query_row(
                "UPDATE run SET owner_epoch = owner_epoch + 1 WHERE id = ?1
                 RETURNING owner_epoch, last_seq, head, updated_ms, status, open, tasks,
                 input_tokens, output_tokens, cost_usd, paused, asks",
                [run],
                |row| {
                    let count = |column| {
                        Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.unsigned_abs())
                    };
                    let json = |column, error: serde_json::Error| {
                        let kind = rusqlite::types::Type::Text;
                        rusqlite::Error::FromSqlConversionFailure(column, kind, error.into())
                    };
                    let mut tally = Tally {
                        stopped: status(&row.get::<_, String>(4)?)
                            .filter(|status| status.is_over() || *status == Status::Interrupted),
                        open: serde_json::from_str(&row.get::<_, String>(5)?)
                            .map_err(|error| json(5, error))?,
                        // When and why is in the list, unless the run is over.
                        paused: row.get::<_, bool>(10)?.then(|| Ask::paused(None, None, 0)),
                        tasks: row.get(6)?,
                        input_tokens: count(7)?,
                        output_tokens: count(8)?,
                        cost_usd: row.get(9)?,
                        ..Tally::default()
                    };
                    let asks = serde_json::from_str(&row.get::<_, String>(11)?);
                    tally.take_up(asks.map_err(|error| json(11, error))?);
                    Ok(Held {
                        epoch: row.get(0)?,
                        seq: count(1)?,
                        // The reader tells what is wrong with one that is none.
                        head: link_in(row, 2)?.unwrap_or(START),
                        updated_ms: count(3)?,
                        unread: Some(Unread {
                            last: count(1)?,
                            tasks: tally.tasks,
                        }),
                        tally,
                        kinds: Kinds::new(),
                        start: None,
                        refused: None,
                    })
                },
            )
            .optional()?;
        let Some(held) = row else {
            return Ok(Err(JournalError::NoRun { run: run.into() }));
        };
        transaction.commit()?;
        let epoch = held.epoch;
        self.runs.insert(run.to_owned(), held);
        Ok(Ok(epoch))
    }

    fn send(&mut self, run: &str, message: &str) -> rusqlite::Result<Result<u64, JournalError>> {
        let transaction = begin(&self.connection)?;
        let sent = transaction.execute(
            "INSERT INTO inbox (run_id, message) SELECT id, ?2 FROM run WHERE id = ?1",
            params![run, message],
        )?;
        if sent == 0 {
            return Ok(Err(JournalError::NoRun { run: run.into() }));
        }
        let id = transaction.last_insert_rowid().unsigned_abs();
        transaction.commit()?;
        Ok(Ok(id))
    }
}
