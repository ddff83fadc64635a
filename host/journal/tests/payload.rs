use std::path::Path;

use cm_journal::MAX_INLINE;
use cm_orchestrator::{Event, RunStart};
use cm_types::{Outline, OutlineStep};

use crate::sample::{fresh, note};

/// The payload and the references as they are stored.
fn stored(directory: &Path, seq: u64) -> (String, Option<String>) {
    let connection = rusqlite::Connection::open(directory.join("journal.db")).unwrap();
    let query = "SELECT payload, blobs FROM event WHERE seq = ?1";
    connection
        .query_row(query, [seq as i64], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
}

fn round_trip(event: Event) -> (String, Option<String>) {
    let root = tempfile::tempdir().unwrap();
    let (journal, _lease) = fresh(root.path(), "r");
    let ticket = journal.append("r", 2, vec![event.clone()]);
    assert_eq!(ticket.wait_blocking().unwrap(), 2);
    assert_eq!(journal.events("r", 1).unwrap()[0].event, event);
    assert_eq!(journal.check().unwrap(), []);
    stored(root.path(), 2)
}

#[test]
fn the_border_between_row_and_blob() {
    let empty = serde_json::to_string(&note("")).unwrap().len();
    for (size, blob) in [
        (MAX_INLINE - 1, false),
        (MAX_INLINE, false),
        (MAX_INLINE + 1, true),
        (10 * MAX_INLINE, true),
    ] {
        let (payload, references) = round_trip(note("z".repeat(size - empty)));
        assert_eq!(references.is_some(), blob, "{size}");
        assert!(payload.len() <= MAX_INLINE);
        assert_eq!(payload.len() == size, !blob);
    }
}

#[test]
fn escapes_count_as_they_are_written() {
    let (payload, references) = round_trip(note("\"\u{1}é".repeat(10_000)));
    assert!(references.is_some() && payload.len() < 100);
}

#[test]
fn only_the_longest_texts_leave_the_row() {
    let mut start = RunStart::default();
    let names = ["a/b~c", "$blob", "", "small"];
    for (name, size) in names.iter().zip([40_000, 50_000, 2_000, 10]) {
        start.settings.insert((*name).into(), "s".repeat(size));
    }
    start.settings.insert("text".into(), "sha256:00".into());
    let (payload, references) = round_trip(Event::Started(Box::new(start)));
    assert!(payload.len() > 40_000, "the shorter one stays");
    let references = references.unwrap();
    assert!(references.contains("/settings/$blob"), "{references}");
    assert!(!references.contains("~0c"), "{references}");
}

#[test]
fn a_pointer_into_odd_names_is_escaped() {
    let mut start = RunStart::default();
    for name in ["a/b~c", "~1", "/"] {
        start.settings.insert(name.into(), name.repeat(60_000));
    }
    round_trip(Event::Started(Box::new(start)));
}

#[test]
fn very_many_short_texts_leave_it_together() {
    let step = |number: u32| OutlineStep {
        id: number.to_string(),
        kind: "agent".into(),
        label: "Label".into(),
        parent: None,
        engine: None,
        when: cm_types::Selector::default(),
        options: Vec::new(),
        ..OutlineStep::default()
    };
    let outline = Outline {
        steps: (0..5000).map(step).collect(),
        ..Outline::default()
    };
    let (payload, references) = round_trip(Event::Resumed {
        host: "0.1.0".into(),
        workflow: cm_types::Digest::of(b"w"),
        outline,
    });
    assert_eq!(payload, "null");
    assert!(references.unwrap().starts_with("{\"\":\"sha256:"));
}

#[test]
fn the_same_text_is_kept_once() {
    let root = tempfile::tempdir().unwrap();
    let (journal, _lease) = fresh(root.path(), "r");
    for _ in 0..5 {
        drop(journal.append("r", 1, vec![note("p".repeat(100_000))]));
    }
    journal.flush().unwrap();
    let blobs = root.path().join("blobs");
    let count = std::fs::read_dir(blobs).unwrap().flatten();
    let count = count.filter(|entry| entry.file_name() != "tmp").count();
    assert_eq!(count, 1);
    assert_eq!(journal.events("r", 0).unwrap().len(), 6);
}
