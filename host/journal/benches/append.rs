//! What an append costs, against SQLite alone doing the same: one JSON object a line.
//!
//! Both write the same text with the same settings to the same file system, in turns,
//! so that whatever else the machine does hits both.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use cm_journal::Journal;
use cm_orchestrator::{Event, RunStart};
use cm_types::Extension;
use rusqlite::{Connection, params};

const ROUNDS: usize = 40;
const APPENDS: usize = 50;

fn main() {
    let root = tempfile::tempdir().expect("a temporary directory");
    append(root.path());
    let (ours, floor) = reopen(root.path());
    report("journal-open", ours, floor);
    let (ours, floor) = read(root.path());
    report("journal-read-10000", ours, floor);
}

fn report(name: &str, ours: Duration, floor: Duration) {
    let (ours, floor) = (ours.as_nanos(), floor.as_nanos().max(1));
    let ratio = ours as f64 / floor as f64;
    println!(
        "{{\"name\":\"{name}\",\"ours_ns\":{ours},\"floor_ns\":{floor},\"ratio\":{ratio:.3}}}"
    );
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn note(number: usize) -> Event {
    Event::Noted {
        task: None,
        item: Extension {
            kind: "bench".into(),
            body: format!("{number:08} {}", "x".repeat(430)),
        },
    }
}

fn start() -> Event {
    Event::Started(Box::<RunStart>::default())
}

fn raw(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("a database");
    connection
        .execute_batch(
            "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
             CREATE TABLE IF NOT EXISTS event (
                 run_id TEXT NOT NULL, seq INTEGER NOT NULL, payload TEXT NOT NULL,
                 PRIMARY KEY (run_id, seq)
             ) STRICT, WITHOUT ROWID;",
        )
        .expect("a table");
    connection
}

fn append(root: &Path) {
    let journal = Journal::open(&root.join("state")).expect("a journal");
    let _lease = journal.create_run("r", 0, vec![start()]).expect("a run");
    let connection = raw(&root.join("raw.db"));
    let (mut ours, mut floor, mut batches) = (Vec::new(), Vec::new(), Vec::new());
    let mut seq = 0;
    for _ in 0..ROUNDS {
        for _ in 0..APPENDS {
            seq += 1;
            let from = Instant::now();
            let ticket = journal.append("r", 0, vec![note(seq)]);
            ticket.wait_blocking().expect("an acknowledgement");
            ours.push(from.elapsed());
        }
        for _ in 0..APPENDS {
            seq += 1;
            let text = serde_json::to_string(&note(seq)).expect("JSON");
            let from = Instant::now();
            connection
                .prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3)")
                .and_then(|mut insert| insert.execute(params!["r", seq as i64, text]))
                .expect("a row");
            floor.push(from.elapsed());
        }
        // As many runs' events at once share one commit.
        let from = Instant::now();
        let tickets: Vec<_> = (0..APPENDS)
            .map(|_| journal.append("r", 0, vec![note(seq)]))
            .collect();
        for ticket in tickets {
            ticket.wait_blocking().expect("an acknowledgement");
        }
        batches.push(from.elapsed() / APPENDS as u32);
    }
    let floor = middle(floor);
    report("journal-append", middle(ours), floor);
    report("journal-append-50-at-once-each", middle(batches), floor);
}

fn reopen(root: &Path) -> (Duration, Duration) {
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        let from = Instant::now();
        let journal = Journal::open(&root.join("state")).expect("a journal");
        ours.push(from.elapsed());
        drop(journal);
        let from = Instant::now();
        let connection = Connection::open(root.join("raw.db")).expect("a database");
        let count = "SELECT count(*) FROM sqlite_schema";
        connection
            .query_row(count, [], |_| Ok(()))
            .expect("a schema");
        floor.push(from.elapsed());
    }
    (middle(ours), middle(floor))
}

fn read(root: &Path) -> (Duration, Duration) {
    let state = root.join("many");
    let journal = Journal::open(&state).expect("a journal");
    let _lease = journal.create_run("r", 0, vec![start()]).expect("a run");
    drop(journal.append("r", 0, (1..10_000).map(note).collect()));
    journal.flush().expect("a flush");
    let connection = Connection::open(state.join("journal.db")).expect("a database");
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        let from = Instant::now();
        let events = journal.events("r", 0).expect("events");
        ours.push(from.elapsed());
        assert_eq!(events.len(), 10_000);
        let from = Instant::now();
        let mut select = connection
            .prepare_cached("SELECT payload FROM event ORDER BY run_id, seq")
            .expect("a query");
        let texts = select.query_map([], |row| row.get::<_, String>(0));
        let texts: Vec<_> = texts.expect("rows").flatten().collect();
        floor.push(from.elapsed());
        assert_eq!(texts.len(), 10_000);
    }
    (middle(ours), middle(floor))
}
