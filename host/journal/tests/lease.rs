use std::fs;

use cm_journal::{Journal, JournalError, Message};

use crate::sample::{fresh, note};

#[test]
fn one_holder_at_a_time() {
    let root = tempfile::tempdir().unwrap();
    let (journal, lease) = fresh(root.path(), "r");
    let other = Journal::open(root.path()).unwrap();
    let busy = JournalError::Busy {
        run: "r".into(),
        pid: Some(std::process::id()),
    };
    assert_eq!(other.lease("r").unwrap_err(), busy);
    assert_eq!(journal.lease("r").unwrap_err(), busy);
    assert_eq!(other.driver("r").unwrap(), Some(std::process::id()));
    assert_eq!((lease.run(), lease.epoch()), ("r", 1));
    assert!(lease.directory().is_dir());
    drop(lease);
    let lease = journal.lease("r").unwrap();
    assert_eq!(lease.epoch(), 2);
    drop(lease);
    journal.flush().unwrap();
    assert_eq!(other.driver("r").unwrap(), None);
    assert_eq!(other.lease("r").unwrap().epoch(), 3);
    assert_eq!(other.lease("unknown").unwrap_err().code(), "no-such-run");
    assert!(!root.path().join("runs/unknown").exists());
}

#[test]
fn what_was_appended_before_the_lease_is_dropped_is_kept() {
    let root = tempfile::tempdir().unwrap();
    let (journal, lease) = fresh(root.path(), "r");
    let tickets: Vec<_> = (0..200)
        .map(|number| journal.append("r", 2, vec![note(number.to_string())]))
        .collect();
    drop(lease);
    for ticket in tickets {
        ticket.wait_blocking().unwrap();
    }
    let _lease = journal.lease("r").unwrap();
    assert_eq!(
        journal
            .append("r", 3, vec![note("x")])
            .wait_blocking()
            .unwrap(),
        202
    );
}

#[test]
fn who_lost_the_run_writes_nothing_more() {
    let root = tempfile::tempdir().unwrap();
    let (journal, _lost) = fresh(root.path(), "r");
    let id = journal
        .send("r", &Message::Cancel { by: "me".into() })
        .unwrap();
    let also = journal
        .create_run("also", 1, vec![crate::sample::start("x")])
        .unwrap();
    // As on a file system whose locks do not hold.
    fs::remove_file(root.path().join("runs/r/lock")).unwrap();
    let other = Journal::open(root.path()).unwrap();
    let _taken = other.lease("r").unwrap();
    let fenced = journal.append_acking("r", 2, vec![note("late")], vec![id]);
    let same_batch = journal.append("also", 2, vec![note("fine")]);
    let fenced = fenced.wait_blocking().unwrap_err();
    assert_eq!(fenced, JournalError::Fenced { run: "r".into() });
    assert_eq!(same_batch.wait_blocking().unwrap(), 2);
    let refused = journal.append("r", 3, vec![note("later")]).wait_blocking();
    assert_eq!(refused.unwrap_err().code(), "run-refused");
    assert_eq!(
        other
            .append("r", 4, vec![note("mine")])
            .wait_blocking()
            .unwrap(),
        2
    );
    let records = journal.events("r", 1).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].event, note("mine"));
    assert_eq!(journal.take_messages("r").unwrap().len(), 1);
    assert_eq!(journal.check().unwrap(), []);
    drop(also);
}
