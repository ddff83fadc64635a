use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{Blobs, JournalError, waiting};

/// "cmjr": marks the file as ours.
pub(crate) const APPLICATION: i64 = 0x636d_6a72;

/// What leads from one version to the next.
pub(crate) struct Step {
    sql: &'static str,
    /// What SQL alone cannot do to what is there.
    fill: Option<fn(&Transaction<'_>, &Blobs) -> rusqlite::Result<()>>,
}

impl Step {
    const fn new(sql: &'static str) -> Self {
        Self { sql, fill: None }
    }
}

/// Each step leads from the version of its place to the next. Steps are only ever
/// added: a published one is in somebody's file.
pub(crate) const STEPS: &[Step] = &[
    Step::new(include_str!("schema/1.sql")),
    Step::new(include_str!("schema/2.sql")),
    Step {
        sql: include_str!("schema/3.sql"),
        fill: Some(waiting::fill),
    },
];

/// Brings the database up to date. One that has something in it is copied first.
pub(crate) fn migrate(
    connection: &mut Connection,
    path: &Path,
    blobs: &Blobs,
    steps: &[Step],
) -> Result<(), JournalError> {
    let failed = |error: rusqlite::Error| JournalError::sqlite(path, &error);
    let before = version(connection).map_err(failed)?;
    let known = steps.len() as i64;
    if before >= known {
        return Ok(());
    }
    if before > 0 {
        back_up(connection, path, before)?;
    }
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    // Another process may have been faster.
    let current = version(&transaction).map_err(failed)?;
    for step in steps.iter().skip(usize::try_from(current).unwrap_or(0)) {
        transaction.execute_batch(step.sql).map_err(failed)?;
        if let Some(fill) = step.fill {
            fill(&transaction, blobs).map_err(failed)?;
        }
    }
    if current < known {
        let marks = format!("PRAGMA application_id={APPLICATION}; PRAGMA user_version={known};");
        transaction.execute_batch(&marks).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn back_up(connection: &Connection, path: &Path, version: i64) -> Result<(), JournalError> {
    let mut copy = path.as_os_str().to_owned();
    copy.push(format!(".v{version}"));
    if Path::new(&copy).exists() {
        return Ok(());
    }
    connection
        .execute("VACUUM INTO ?1", [copy.to_string_lossy()])
        .map(|_| ())
        .map_err(|error| JournalError::sqlite(Path::new(&copy), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_step_keeps_what_was_there_and_leaves_a_copy() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut connection = Connection::open(&path).unwrap();
        let blobs = Blobs::new(directory.path().join("blobs"));
        let first = || Step::new("CREATE TABLE thing (name TEXT NOT NULL) STRICT;");
        migrate(&mut connection, &path, &blobs, &[first()]).unwrap();
        connection
            .execute("INSERT INTO thing VALUES ('kept')", [])
            .unwrap();
        let second = Step::new("ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 7;");
        migrate(&mut connection, &path, &blobs, &[first(), second]).unwrap();
        let read = |connection: &Connection| {
            connection.query_row("SELECT * FROM thing", [], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            })
        };
        assert_eq!(read(&connection).unwrap(), ("kept".into(), 7));
        assert_eq!(version(&connection).unwrap(), 2);
        let copy = Connection::open(directory.path().join("journal.db.v1")).unwrap();
        assert!(read(&copy).is_err(), "the copy has the old form");
        assert_eq!(version(&copy).unwrap(), 1);
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut connection = Connection::open(&path).unwrap();
        let blobs = Blobs::new(directory.path().join("blobs"));
        let broken = Step::new("CREATE TABLE thing (name TEXT) STRICT; CREATE NONSENSE;");
        assert!(migrate(&mut connection, &path, &blobs, &[broken]).is_err());
        assert_eq!(version(&connection).unwrap(), 0);
        migrate(&mut connection, &path, &blobs, STEPS).unwrap();
        assert_eq!(version(&connection).unwrap(), STEPS.len() as i64);
    }
}
