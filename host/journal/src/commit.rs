use std::collections::{BTreeMap, HashMap};

use cm_orchestrator::Event;
use rusqlite::Connection;

use crate::{
    Blobs, JournalError,
    held::{Held, Row},
    payload::{self, Payload},
    statements::{begin, write_run},
    ticket::Resolver,
};

/// Events on their way to the disk.
pub(crate) struct Append {
    pub(crate) run: String,
    pub(crate) at_ms: u64,
    pub(crate) events: Vec<Event>,
    /// Messages that these events answer.
    pub(crate) acks: Vec<u64>,
    pub(crate) resolver: Resolver<u64>,
}

/// What one transaction does to one run.
pub(crate) struct Staged {
    /// Where the run must still be for it to fit.
    pub(crate) after: u64,
    pub(crate) rows: Vec<Row>,
    pub(crate) acks: Vec<u64>,
    waiting: Vec<(Resolver<u64>, u64)>,
}

/// The runs that this process holds, by id.
pub(crate) type Runs = HashMap<String, Held>;

/// Writes all of them in one transaction and answers each.
pub(crate) fn commit(
    connection: &Connection,
    runs: &mut Runs,
    blobs: &Blobs,
    batch: Vec<Append>,
    failed: impl Fn(&rusqlite::Error) -> JournalError,
) -> Result<(), JournalError> {
    let mut staged = BTreeMap::new();
    for append in batch {
        stage(connection, runs, blobs, append, &mut staged, &failed);
    }
    if staged.is_empty() {
        return Ok(());
    }
    match write(connection, runs, &staged) {
        Ok(fenced) => {
            for (run, staged) in staged {
                let fence = fenced.contains(&run);
                if let Some(held) = runs.get_mut(&run) {
                    match fence {
                        true => held.refused = Some(JournalError::Fenced { run: run.clone() }),
                        false => {
                            held.start = None;
                            held.tally.moved = false;
                        }
                    }
                }
                for (resolver, seq) in staged.waiting {
                    resolver.resolve(match fence {
                        true => Err(JournalError::Fenced { run: run.clone() }),
                        false => Ok(seq),
                    });
                }
            }
            Ok(())
        }
        Err(error) => {
            let error = failed(&error);
            for (run, staged) in staged {
                if let Some(held) = runs.get_mut(&run) {
                    held.refused = Some(error.clone());
                }
                for (resolver, _) in staged.waiting {
                    resolver.resolve(Err(error.clone()));
                }
            }
            Err(error)
        }
    }
}

/// Makes rows of the events; their blobs are on disk then. The run's state moves on at
/// once: if the rows do not reach the disk, the run is refused and the state is moot.
fn stage(
    connection: &Connection,
    runs: &mut Runs,
    blobs: &Blobs,
    append: Append,
    staged: &mut BTreeMap<String, Staged>,
    failed: impl Fn(&rusqlite::Error) -> JournalError,
) {
    let run = append.run;
    let Some(held) = runs.get_mut(&run) else {
        append
            .resolver
            .resolve(Err(JournalError::NotLeased { run }));
        return;
    };
    if let Some(because) = &held.refused {
        let because = Box::new(because.clone());
        append
            .resolver
            .resolve(Err(JournalError::Refused { run, because }));
        return;
    }
    let payloads: Result<Vec<Payload>, JournalError> = append
        .events
        .iter()
        .map(|event| payload::encode(&run, event, blobs))
        .collect();
    let payloads = payloads.and_then(|payloads| {
        held.learn(connection, blobs, &run, &append.events, failed)?;
        Ok(payloads)
    });
    let payloads = match payloads {
        Ok(payloads) => payloads,
        Err(error) => {
            held.refused = Some(error.clone());
            append.resolver.resolve(Err(error));
            return;
        }
    };
    let after = held.seq;
    let part = staged.entry(run.clone()).or_insert_with(|| Staged {
        after,
        rows: Vec::new(),
        acks: Vec::new(),
        waiting: Vec::new(),
    });
    // SQLite has no larger numbers.
    let at_ms = append.at_ms.min(i64::MAX as u64);
    for (event, payload) in append.events.iter().zip(payloads) {
        part.rows.push(held.add(&run, at_ms, event, payload));
    }
    part.acks.extend(append.acks);
    part.waiting.push((append.resolver, held.seq));
}

/// Gives the runs that another process has taken over; nothing of them is written.
fn write(
    connection: &Connection,
    runs: &Runs,
    staged: &BTreeMap<String, Staged>,
) -> rusqlite::Result<Vec<String>> {
    let transaction = begin(connection)?;
    let mut fenced = Vec::new();
    for (run, staged) in staged {
        let fits = match runs.get(run) {
            Some(held) => write_run(&transaction, run, held, staged)?,
            None => false,
        };
        if !fits {
            fenced.push(run.clone());
        }
    }
    transaction.commit()?;
    Ok(fenced)
}
