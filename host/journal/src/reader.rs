use std::path::Path;

use cm_orchestrator::{Event, Record};
use rusqlite::{Connection, OptionalExtension, Row, params, types::ValueRef};

use crate::{
    Blobs, JournalError,
    chain::{self, Entry, Link},
    payload::{self, Unreadable},
    statements::number,
    tally::{self, Kind, Kinds},
};

/// A row of the event table.
pub(crate) struct Stored<'a> {
    pub(crate) seq: u64,
    pub(crate) at_ms: u64,
    pub(crate) payload: &'a [u8],
    pub(crate) blobs: Option<&'a [u8]>,
}

/// The store as one reader sees it.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) path: &'a Path,
    pub(crate) blobs: &'a Blobs,
}

impl Reader<'_> {
    pub(crate) fn failed(&self, error: &rusqlite::Error) -> JournalError {
        JournalError::sqlite(self.path, error)
    }

    pub(crate) fn events(&self, run: &str, after: u64) -> Result<Vec<Record>, JournalError> {
        let mut records = Vec::new();
        self.walk(run, after, |stored| {
            records.push(Record {
                run: run.to_owned(),
                seq: stored.seq,
                at_ms: stored.at_ms,
                event: self.decode(run, &stored)?,
            });
            Ok(())
        })?;
        Ok(records)
    }

    pub(crate) fn decode(&self, run: &str, stored: &Stored<'_>) -> Result<Event, JournalError> {
        payload::decode(stored.payload, stored.blobs, self.blobs).map_err(|error| match error {
            Unreadable::Damaged(what) => self.damaged(run, stored.seq, what),
            Unreadable::Blob(error) => error,
            Unreadable::Unknown(what) => JournalError::Unknown {
                run: run.to_owned(),
                seq: stored.seq,
                what,
            },
        })
    }

    pub(crate) fn damaged(&self, run: &str, seq: u64, what: impl Into<String>) -> JournalError {
        JournalError::Damaged {
            path: self.path.to_owned(),
            run: run.to_owned(),
            seq,
            what: what.into(),
        }
    }

    /// Visits the events after this one, in order, and checks that they are what was
    /// written: no gap, no changed byte, nothing missing at the end.
    pub(crate) fn walk(
        &self,
        run: &str,
        after: u64,
        mut visit: impl FnMut(Stored<'_>) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let failed = |error: rusqlite::Error| self.failed(&error);
        // One transaction: a writer may append between the two queries.
        let view = self.connection.unchecked_transaction().map_err(failed)?;
        let (last, head) = view
            .prepare_cached("SELECT last_seq, head FROM run WHERE id = ?1")
            .and_then(|mut statement| {
                let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, link_in(row, 1)?));
                statement.query_row([run], read).optional()
            })
            .map_err(failed)?
            .ok_or_else(|| JournalError::NoRun { run: run.into() })?;
        let last = u64::try_from(last).unwrap_or(0);
        let head = head.ok_or_else(|| self.damaged(run, last, "its hash is not one"))?;
        if after > last {
            return Ok(());
        }
        let mut statement = view
            .prepare_cached(
                "SELECT seq, kind, at_ms, payload, blobs, hash FROM event
                 WHERE run_id = ?1 AND seq >= ?2 ORDER BY seq",
            )
            .map_err(failed)?;
        let mut rows = statement
            .query(params![run, number(after)])
            .map_err(failed)?;
        let mut previous = chain::START;
        let mut expected = after.max(1);
        while let Some(row) = rows.next().map_err(failed)? {
            let seq = row.get::<_, i64>(0).map_err(failed)?;
            if seq != number(expected) {
                return Err(self.damaged(run, expected, "it is missing"));
            }
            let seq = expected;
            expected += 1;
            let link = link_in(row, 5).map_err(failed)?;
            let link = link.ok_or_else(|| self.damaged(run, seq, "its hash is not one"))?;
            if seq > after {
                let wrong = || self.damaged(run, seq, "it holds something else than it should");
                let (kind, stored) = stored(row, seq).ok_or_else(wrong)?;
                let entry = Entry {
                    run,
                    seq,
                    at_ms: stored.at_ms,
                    kind,
                    payload: stored.payload,
                    blobs: stored.blobs,
                };
                if chain::link(&previous, &entry) != link {
                    let what = "it is not what was written (its hash does not fit)";
                    return Err(self.damaged(run, seq, what));
                }
                visit(stored)?;
            }
            previous = link;
        }
        if expected <= last {
            return Err(self.damaged(run, expected, "it is missing"));
        }
        if expected > last + 1 || previous != head {
            return Err(self.damaged(run, last, "it is not the last one that was written"));
        }
        Ok(())
    }
}

/// The kinds of the run's tasks, by what was said of them up to this event.
pub(crate) fn kinds(
    connection: &Connection,
    blobs: &Blobs,
    run: &str,
    last: u64,
) -> rusqlite::Result<Kinds> {
    let mut statement = connection.prepare(
        "SELECT payload, blobs, at_ms FROM event WHERE run_id = ?1 AND seq <= ?2
         AND kind IN ('requested', 'assigned', 'reopened', 'switched') ORDER BY seq",
    )?;
    let mut rows = statement.query(params![run, number(last)])?;
    let mut kinds = Kinds::new();
    let mut task = 0;
    while let Some(row) = rows.next()? {
        let references = row.get_ref(1)?.as_bytes_or_null()?;
        // What is unreadable was reported to whoever reads the events.
        let event = payload::decode(row.get_ref(0)?.as_bytes()?, references, blobs);
        match &event {
            Ok(Event::Requested { work, place, .. }) => {
                let at_ms = row.get::<_, i64>(2)?.unsigned_abs();
                if let Some(kind) = Kind::of(task, &place.step, work, at_ms) {
                    kinds.insert(task, kind);
                }
                task += 1;
            }
            Ok(event) => tally::note(event, &mut kinds),
            Err(_) => {}
        }
    }
    Ok(kinds)
}

pub(crate) fn link_in(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Link>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(bytes) => bytes.try_into().ok(),
        _ => None,
    })
}

fn stored<'a>(row: &'a Row<'_>, seq: u64) -> Option<(&'a [u8], Stored<'a>)> {
    let bytes = |column: usize| row.get_ref(column).ok()?.as_bytes().ok();
    let blobs = row.get_ref(4).ok()?.as_bytes_or_null().ok()?;
    let stored = Stored {
        seq,
        at_ms: u64::try_from(row.get::<_, i64>(2).ok()?).ok()?,
        payload: bytes(3)?,
        blobs,
    };
    Some((bytes(1)?, stored))
}
