use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, params};

use cm_orchestrator::RunStart;

use crate::{commit::Staged, held::Held};

/// Moves the run on, unless it is no longer where it was left: then somebody else has
/// taken it over, and nothing is written.
pub(crate) fn write_run(
    transaction: &Transaction<'_>,
    run: &str,
    held: &Held,
    staged: &Staged,
) -> rusqlite::Result<bool> {
    let tally = &held.tally;
    if let Some(start) = &held.start {
        insert_run(transaction, run, held, staged, start)?;
    }
    let changed = transaction
        .prepare_cached(
            "UPDATE run SET status = ?1, updated_ms = ?2, last_seq = ?3, head = ?4, tasks = ?5,
             input_tokens = ?6, output_tokens = ?7, cost_usd = ?8, open = ?9, paused = ?10,
             asks = coalesce(?11, asks) WHERE id = ?12 AND owner_epoch = ?13 AND last_seq = ?14",
        )?
        .execute(params![
            tally.status().as_str(),
            number(held.updated_ms),
            number(held.seq),
            held.head,
            tally.tasks,
            number(tally.input_tokens),
            number(tally.output_tokens),
            tally.cost_usd,
            held.open(),
            tally.paused.is_some(),
            tally.moved.then(|| tally.asks()),
            run,
            held.epoch,
            number(staged.after),
        ])?;
    if changed == 0 {
        return Ok(false);
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO event (run_id, seq, kind, at_ms, payload, blobs, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for row in &staged.rows {
        insert.execute(params![
            run,
            number(row.seq),
            row.kind,
            number(row.at_ms),
            row.payload.text,
            row.payload.blobs,
            row.link,
        ])?;
    }
    for id in &staged.acks {
        transaction
            .prepare_cached("DELETE FROM inbox WHERE id = ?1 AND run_id = ?2")?
            .execute(params![number(*id), run])?;
    }
    Ok(true)
}

fn insert_run(
    transaction: &Transaction<'_>,
    run: &str,
    held: &Held,
    staged: &Staged,
    start: &RunStart,
) -> rusqlite::Result<()> {
    let outline = start.outline.as_ref();
    let name = outline.map_or(start.workflow.as_str(), |outline| outline.name.as_str());
    let started_ms = staged.rows.first().map_or(0, |row| row.at_ms);
    transaction.execute(
        "INSERT INTO run (id, workflow, package, name, directory, status, started_ms, updated_ms,
         owner_epoch, last_seq, head, tasks, input_tokens, output_tokens, open)
         VALUES (?1, ?2, ?3, ?4, ?5, 'running', ?6, ?6, ?7, ?8, x'', 0, 0, 0, '{}')",
        params![
            run,
            start.workflow,
            start.package,
            name,
            start.directory,
            number(started_ms),
            held.epoch,
            number(staged.after),
        ],
    )?;
    Ok(())
}

/// Waits for other processes, much longer than they should ever need.
pub(crate) fn begin(connection: &Connection) -> rusqlite::Result<Transaction<'_>> {
    let mut tries = 0;
    loop {
        match Transaction::new_unchecked(connection, TransactionBehavior::Immediate) {
            Err(error) if tries < TRIES && busy(&error) => tries += 1,
            begun => return begun,
        }
    }
}

/// Each waits as long as SQLite's own timeout.
const TRIES: u32 = 5;

fn busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
