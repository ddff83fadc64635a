use std::{fs, path::Path};

use cm_journal::{Journal, JournalError};
use cm_orchestrator::{Event, Record};
use sha2::{Digest as _, Sha256};

use crate::sample::{fresh, note, sql, written};

/// Reads everything in every way. The events, if all of it was found good.
fn read(directory: &Path) -> Result<Vec<Record>, JournalError> {
    let journal = Journal::open_existing(directory)?.unwrap();
    let events = journal.events("r", 0);
    let found = journal.check();
    let listed = journal.runs(9);
    let events = events?;
    listed?;
    if let Some(damage) = found?.pop() {
        return Err(JournalError::Corrupt {
            path: directory.into(),
            detail: damage.what,
        });
    }
    Ok(events)
}

#[test]
fn overwritten_bytes_are_reported_or_do_not_matter() {
    let root = tempfile::tempdir().unwrap();
    written(root.path(), 400);
    let path = root.path().join("journal.db");
    let whole = fs::read(&path).unwrap();
    let expected = read(root.path()).unwrap();
    let mut reported = 0;
    let places = (0..whole.len()).step_by(whole.len() / 150);
    for (number, place) in places.enumerate() {
        let mut bytes = whole.clone();
        let size = [1, 16, 512, 8192][number % 4].min(bytes.len() - place);
        for byte in &mut bytes[place..place + size] {
            *byte ^= 0x5a;
        }
        fs::write(&path, &bytes).unwrap();
        match read(root.path()) {
            // Unused bytes, or an index that is not read.
            Ok(events) => assert!(events == expected, "a change at {place} went unseen"),
            Err(error) => {
                reported += 1;
                assert!(!error.to_string().is_empty());
            }
        }
        assert!(
            fs::read(&path).unwrap() == bytes,
            "the file was changed at {place}"
        );
        // Writing may refuse; it must not panic or pretend.
        if let Ok(journal) = Journal::open(root.path())
            && let Ok(lease) = journal.lease("r")
        {
            let _ = journal.append("r", 1, vec![note("x")]).wait_blocking();
            drop(lease);
        }
        for name in ["journal.db-wal", "journal.db-shm", "journal.open"] {
            let _ = fs::remove_file(root.path().join(name));
        }
    }
    eprintln!("{reported} of 150 changes were reported");
    assert!(reported > 75, "{reported}");
}

#[test]
fn a_page_in_the_middle_is_reported_with_the_path_and_what_to_do() {
    let root = tempfile::tempdir().unwrap();
    written(root.path(), 400);
    let path = root.path().join("journal.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 8192 * 8192;
    bytes[middle..middle + 8192].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    let error = read(root.path()).unwrap_err();
    assert_eq!(error.code(), "journal-corrupt");
    assert!(error.to_string().contains("journal.db"), "{error}");
    assert!(error.help().unwrap().contains("left as it is"));
    // After an unclean stop it is found when the journal is opened.
    fs::write(root.path().join("journal.open"), "open\n").unwrap();
    let error = Journal::open(root.path()).unwrap_err();
    assert_eq!(error.code(), "journal-corrupt");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_cut_file_is_reported() {
    let root = tempfile::tempdir().unwrap();
    written(root.path(), 400);
    let path = root.path().join("journal.db");
    let whole = fs::read(&path).unwrap();
    for size in [
        0,
        1,
        50,
        100,
        5000,
        8192,
        whole.len() / 2,
        whole.len() - 8192,
    ] {
        fs::write(&path, &whole[..size]).unwrap();
        let error = read(root.path()).unwrap_err();
        assert_eq!(error.code(), "journal-corrupt", "{size}: {error}");
        let opened = Journal::open(root.path());
        let error = match opened {
            Ok(journal) => journal
                .lease("r")
                .map(|_| ())
                .and_then(|()| journal.events("r", 0).map(|_| ())),
            Err(error) => Err(error),
        };
        assert_eq!(error.unwrap_err().code(), "journal-corrupt", "{size}");
        assert_eq!(fs::read(&path).unwrap(), &whole[..size]);
        for name in ["journal.db-wal", "journal.db-shm", "journal.open"] {
            let _ = fs::remove_file(root.path().join(name));
        }
    }
    fs::write(&path, "Dear diary, today I was a text file.".repeat(500)).unwrap();
    let error = Journal::open(root.path()).unwrap_err();
    assert_eq!(error.code(), "journal-corrupt");
    assert!(error.to_string().contains("not a database"), "{error}");
}

#[test]
fn what_sqlite_cannot_see_the_chain_does() {
    let cases = [
        (
            "UPDATE event SET payload = replace(payload, 'note 7 ', 'note 8 ') WHERE seq = 9",
            9,
        ),
        ("UPDATE event SET at_ms = at_ms + 1 WHERE seq = 5", 5),
        ("UPDATE event SET kind = 'notes' WHERE seq = 5", 5),
        ("UPDATE event SET blobs = '{}' WHERE seq = 5", 5),
        ("UPDATE event SET hash = zeroblob(32) WHERE seq = 5", 5),
        ("UPDATE event SET hash = x'00' WHERE seq = 5", 5),
        ("DELETE FROM event WHERE seq = 6", 6),
        ("DELETE FROM event WHERE seq = 1", 1),
        ("DELETE FROM event WHERE seq = 21", 21),
        ("DELETE FROM event", 1),
        ("UPDATE run SET last_seq = 20", 20),
        ("UPDATE run SET head = zeroblob(32)", 21),
        ("UPDATE event SET seq = 22 WHERE seq = 6", 6),
        ("UPDATE event SET seq = -seq WHERE seq = 3", 3),
    ];
    for (change, place) in cases {
        let root = tempfile::tempdir().unwrap();
        written(root.path(), 20);
        sql(root.path(), &format!("PRAGMA foreign_keys=OFF; {change};"));
        let journal = Journal::open(root.path()).unwrap();
        match journal.events("r", 0).unwrap_err() {
            JournalError::Damaged { run, seq, .. } => {
                assert_eq!((run.as_str(), seq), ("r", place), "{change}");
            }
            other => panic!("{change}: {other}"),
        }
        let found = journal.check().unwrap();
        assert_eq!(found.len(), 1, "{change}: {found:?}");
        assert_eq!(
            (found[0].run.as_deref(), found[0].seq),
            (Some("r"), Some(place))
        );
    }
}

/// Also fixes the form of the chain: a change of it would disown every journal.
#[test]
fn an_intact_event_of_an_unknown_kind_is_told_apart() {
    let root = tempfile::tempdir().unwrap();
    drop(fresh(root.path(), "r"));
    let connection = rusqlite::Connection::open(root.path().join("journal.db")).unwrap();
    let query = "SELECT head FROM run";
    let head: Vec<u8> = connection.query_row(query, [], |row| row.get(0)).unwrap();
    let (kind, payload) = ("dreamt", r#"{"kind":"dreamt","of":"sheep"}"#);
    let mut hash = Sha256::new();
    hash.update(&head);
    hash.update(2_u64.to_le_bytes());
    hash.update(77_u64.to_le_bytes());
    for field in ["r", kind, payload] {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field);
    }
    let hash = hash.finalize().to_vec();
    let insert = "INSERT INTO event VALUES ('r', 2, ?1, 77, ?2, NULL, ?3)";
    connection
        .execute(insert, rusqlite::params![kind, payload, hash])
        .unwrap();
    let update = "UPDATE run SET last_seq = 2, head = ?1";
    connection.execute(update, [hash]).unwrap();
    let journal = Journal::open(root.path()).unwrap();
    match journal.events("r", 0).unwrap_err() {
        JournalError::Unknown { seq, what, .. } => {
            assert_eq!(seq, 2);
            assert!(what.contains("dreamt"), "{what}");
        }
        other => panic!("{other}"),
    }
    // It can be appended to all the same: nothing is lost.
    let _lease = journal.lease("r").unwrap();
    assert_eq!(
        journal
            .append("r", 3, vec![note("x")])
            .wait_blocking()
            .unwrap(),
        3
    );
    assert_eq!(journal.events("r", 2).unwrap().len(), 1);
}

#[test]
fn blobs_that_events_need_are_looked_for() {
    let root = tempfile::tempdir().unwrap();
    let (journal, _lease) = fresh(root.path(), "r");
    let recording = journal.blobs().put(b"raw bytes").unwrap();
    let events = vec![
        note("q".repeat(100_000)),
        Event::Recorded {
            task: 0,
            bytes: 9,
            text: None,
            blob: Some(recording),
        },
    ];
    journal.append("r", 2, events).wait_blocking().unwrap();
    assert_eq!(journal.check().unwrap(), []);
    let text = cm_types::Digest::of("q".repeat(100_000).as_bytes());
    fs::write(journal.blobs().path(&text), "q".repeat(99_999)).unwrap();
    fs::remove_file(journal.blobs().path(&recording)).unwrap();
    let error = journal.events("r", 0).unwrap_err();
    assert_eq!(error.code(), "blob-damaged");
    let found: Vec<_> = journal
        .check()
        .unwrap()
        .into_iter()
        .map(|d| d.seq)
        .collect();
    assert_eq!(found, [Some(2), Some(3)]);
}
