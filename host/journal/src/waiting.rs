//! Runs in which something waits for a person.

use cm_orchestrator::Status;
use rusqlite::{Row, Transaction, params};

use crate::{
    Ask, Blobs, JournalError,
    listing::status,
    payload,
    reader::Reader,
    tally::{Kinds, Tally},
};

/// A run in which something waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub run: String,
    /// What the person named: a package or a path.
    pub workflow: String,
    /// The workflow's name for people.
    pub name: String,
    /// How far it is, as the journal has it.
    pub status: Status,
    /// What waits; there is at least one.
    pub asks: Vec<Ask>,
}

/// The condition is that of the index, to the letter: otherwise it would not be used.
pub(crate) const QUERY: &str = "SELECT id, workflow, name, status, asks FROM run
     WHERE asks <> '[]' ORDER BY started_ms DESC";

impl Reader<'_> {
    /// The latest runs first.
    pub(crate) fn waiting(&self) -> Result<Vec<Waiting>, JournalError> {
        let failed = |error: rusqlite::Error| self.failed(&error);
        let mut statement = self.connection.prepare_cached(QUERY).map_err(failed)?;
        let rows = statement.query_map([], waiting).map_err(failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(failed)
    }
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    let unreadable = |column| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::InvalidColumnType(column, "what waits".into(), kind)
    };
    let asks = row.get_ref(4)?.as_bytes()?;
    Ok(Waiting {
        run: row.get(0)?,
        workflow: row.get(1)?,
        name: row.get(2)?,
        status: status(row.get_ref(3)?.as_str()?).ok_or_else(|| unreadable(3))?,
        asks: serde_json::from_slice(asks).map_err(|_| unreadable(4))?,
    })
}

/// Enters what waits in the runs of a journal that was made before it was kept. A run
/// that cannot be read waits for nothing: whoever looks at it is told what is wrong.
pub(crate) fn fill(transaction: &Transaction<'_>, blobs: &Blobs) -> rusqlite::Result<()> {
    let mut runs = transaction.prepare(
        "SELECT id FROM run WHERE status NOT IN ('done', 'failed', 'cancelled')
         AND (paused OR open LIKE '%\"asking\"%')",
    )?;
    let runs = runs.query_map([], |row| row.get::<_, String>(0))?;
    for run in runs.collect::<rusqlite::Result<Vec<_>>>()? {
        if let Some(asks) = asks(transaction, blobs, &run)? {
            let sql = "UPDATE run SET asks = ?1 WHERE id = ?2";
            transaction.execute(sql, params![asks, run])?;
        }
    }
    Ok(())
}

fn asks(
    transaction: &Transaction<'_>,
    blobs: &Blobs,
    run: &str,
) -> rusqlite::Result<Option<String>> {
    let mut events = transaction
        .prepare_cached("SELECT at_ms, payload, blobs FROM event WHERE run_id = ?1 ORDER BY seq")?;
    let mut rows = events.query([run])?;
    let (mut tally, mut kinds) = (Tally::default(), Kinds::new());
    while let Some(row) = rows.next()? {
        let at_ms = row.get::<_, i64>(0)?.unsigned_abs();
        let references = row.get_ref(2)?.as_bytes_or_null()?;
        let Ok(event) = payload::decode(row.get_ref(1)?.as_bytes()?, references, blobs) else {
            return Ok(None);
        };
        tally.add(at_ms, &event, &mut kinds);
    }
    Ok(Some(tally.asks()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_used() {
        let directory = tempfile::tempdir().unwrap();
        let journal = crate::Journal::open(directory.path()).unwrap();
        let plan = journal.read(|reader| {
            let mut statement = reader
                .connection
                .prepare(&format!("EXPLAIN QUERY PLAN {QUERY}"))
                .unwrap();
            let lines = statement.query_map([], |row| row.get::<_, String>(3));
            Ok(lines.unwrap().map(Result::unwrap).collect::<Vec<_>>())
        });
        let plan = plan.unwrap().join("\n");
        assert!(plan.contains("run_that_waits"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
