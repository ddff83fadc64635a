use cm_orchestrator::Status;
use rusqlite::Row;

use crate::{Found, JournalError, Message, RunRow, reader::Reader};

impl Reader<'_> {
    /// The latest runs first.
    pub(crate) fn runs(&self, limit: usize) -> Result<Vec<RunRow>, JournalError> {
        let failed = |error: rusqlite::Error| self.failed(&error);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT id, workflow, package, name, directory, status, started_ms, updated_ms,
                 last_seq, tasks, input_tokens, output_tokens, cost_usd
                 FROM run ORDER BY started_ms DESC, id DESC LIMIT ?1",
            )
            .map_err(failed)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map([limit], run_row).map_err(failed)?;
        rows.collect::<rusqlite::Result<_>>().map_err(failed)
    }

    pub(crate) fn find(&self, prefix: &str) -> Result<Found, JournalError> {
        let ids = self.ids(prefix).map_err(|error| self.failed(&error))?;
        Ok(match ids.as_slice() {
            [] => Found::None,
            [one] => Found::One(one.clone()),
            many if many.iter().any(|id| id == prefix) => Found::One(prefix.to_owned()),
            _ => Found::Many(ids),
        })
    }

    pub(crate) fn ids(&self, prefix: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id FROM run WHERE substr(id, 1, length(?1)) = ?1
             ORDER BY started_ms DESC, id DESC",
        )?;
        let ids = statement.query_map([prefix], |row| row.get(0))?;
        ids.collect()
    }

    pub(crate) fn messages(&self, run: &str) -> Result<Vec<(u64, Message)>, JournalError> {
        let failed = |error: rusqlite::Error| self.failed(&error);
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, message FROM inbox WHERE run_id = ?1 ORDER BY id")
            .map_err(failed)?;
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
        let rows = statement.query_map([run], read).map_err(failed)?;
        let mut messages = Vec::new();
        for row in rows {
            let (id, text) = row.map_err(failed)?;
            // A form that only a newer version knows: to be passed over, not to stop the run.
            let message = serde_json::from_str(&text).unwrap_or(Message::Unknown);
            messages.push((u64::try_from(id).unwrap_or(0), message));
        }
        Ok(messages)
    }
}

pub(crate) fn status(text: &str) -> Option<Status> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

fn run_row(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let count = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.unsigned_abs());
    let text: String = row.get(5)?;
    Ok(RunRow {
        id: row.get(0)?,
        workflow: row.get(1)?,
        package: row.get(2)?,
        name: row.get(3)?,
        directory: row.get(4)?,
        status: status(&text).ok_or_else(|| {
            rusqlite::Error::InvalidColumnType(5, text, rusqlite::types::Type::Text)
        })?,
        driver: None,
        started_ms: count(6)?,
        updated_ms: count(7)?,
        last_seq: count(8)?,
        tasks: row.get(9)?,
        input_tokens: count(10)?,
        output_tokens: count(11)?,
        cost_usd: row.get(12)?,
    })
}
