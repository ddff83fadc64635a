use std::{fs, time::Instant};

use cm_journal::{Journal, JournalError};
use rusqlite::Connection;

use crate::sample::{fresh, note, sql, written};

#[test]
fn the_first_opening_makes_everything_and_hides_it_from_git() {
    let root = tempfile::tempdir().unwrap();
    let state = root.path().join("a/.codemachine");
    assert!(Journal::open_existing(&state).unwrap().is_none());
    assert!(!state.exists(), "looking makes nothing");
    drop(Journal::open(&state).unwrap());
    assert_eq!(fs::read_to_string(state.join(".gitignore")).unwrap(), "*\n");
    let mut names: Vec<_> = fs::read_dir(&state)
        .unwrap()
        .flatten()
        .map(|e| e.file_name())
        .collect();
    names.sort();
    assert_eq!(names, [".gitignore", "journal.db", "journal.open"]);
    let connection = Connection::open(state.join("journal.db")).unwrap();
    let pragma = |name: &str| -> String {
        let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal");
    assert_eq!(pragma("page_size"), "8192");
    assert_eq!(pragma("user_version"), "3");
}

#[test]
fn a_directory_that_was_there_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    drop(Journal::open(root.path()).unwrap());
    assert!(!root.path().join(".gitignore").exists());
}

#[test]
fn opening_what_exists_and_reading_ten_thousand_events_is_quick() {
    let root = tempfile::tempdir().unwrap();
    written(root.path(), 10_000);
    let mut opened = Vec::new();
    for _ in 0..20 {
        let from = Instant::now();
        let journal = Journal::open(root.path()).unwrap();
        opened.push(from.elapsed());
        drop(journal);
    }
    opened.sort();
    let journal = Journal::open(root.path()).unwrap();
    let from = Instant::now();
    let events = journal.events("r", 0).unwrap();
    let read = from.elapsed();
    assert_eq!(events.len(), 10_001);
    eprintln!(
        "opening: {:?} in the middle; 10,000 events: {read:?}",
        opened[10]
    );
    // Much more than it takes: for machines that are busy.
    assert!(opened[10].as_millis() < 200, "{opened:?}");
    assert!(read.as_secs() < 5, "{read:?}");
}

#[test]
fn a_database_of_version_0_is_brought_up_to_date() {
    let root = tempfile::tempdir().unwrap();
    // A valid file with nothing in it.
    sql(root.path(), "CREATE TABLE x (a); DROP TABLE x;");
    let journal = Journal::open_existing(root.path()).unwrap().unwrap();
    assert_eq!(journal.runs(9).unwrap(), []);
    drop(journal);
    let (journal, _lease) = fresh(root.path(), "r");
    journal
        .append("r", 1, vec![note("a")])
        .wait_blocking()
        .unwrap();
}

#[test]
fn a_newer_database_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    written(root.path(), 3);
    sql(root.path(), "PRAGMA user_version = 99;");
    let before = fs::read(root.path().join("journal.db")).unwrap();
    for error in [
        Journal::open(root.path()).unwrap_err(),
        Journal::open_existing(root.path()).unwrap_err(),
    ] {
        assert_eq!(error.code(), "journal-newer");
        let text = error.to_string();
        assert!(
            text.contains("made by a newer cm") && text.contains("99"),
            "{text}"
        );
    }
    assert_eq!(fs::read(root.path().join("journal.db")).unwrap(), before);
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    sql(
        root.path(),
        "CREATE TABLE run (id TEXT); PRAGMA user_version = 1;",
    );
    for error in [
        Journal::open(root.path()).unwrap_err(),
        Journal::open_existing(root.path()).unwrap_err(),
    ] {
        assert_eq!(error.code(), "not-a-journal");
        assert!(error.help().is_some());
    }
}

#[test]
fn a_journal_that_is_not_in_wal_mode_is_refused() {
    let root = tempfile::tempdir().unwrap();
    written(root.path(), 3);
    sql(root.path(), "PRAGMA journal_mode = DELETE;");
    let error = Journal::open(root.path()).unwrap_err();
    assert!(matches!(error, JournalError::Unsafe { .. }), "{error}");
    assert!(error.to_string().contains("journal_mode"), "{error}");
}

#[test]
fn what_another_boot_of_the_machine_said_is_not_relied_on() {
    let root = tempfile::tempdir().unwrap();
    written(root.path(), 400);
    let path = root.path().join("journal.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 8192 * 8192;
    bytes[middle..middle + 8192].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    for marker in ["closed earlier\n", "open earlier\n", "", "\u{1}"] {
        // A process that another test is just starting holds all locks of this one until
        // it is another program, and so looks like somebody who is there already.
        let refused = (0..100).find_map(|_| {
            fs::write(root.path().join("journal.open"), marker).unwrap();
            Journal::open(root.path()).err()
        });
        let error = refused.expect("a damaged journal is not opened");
        assert_eq!(error.code(), "journal-corrupt", "{marker:?}");
    }
}
