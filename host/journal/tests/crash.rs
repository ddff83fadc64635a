use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cm_journal::{Journal, JournalError};

use crate::{
    child,
    sample::{body, fresh},
};

/// Every event is in its place and says what it should.
fn verify(journal: &Journal, run: &str, acknowledged: u64) -> u64 {
    let records = match journal.events(run, 0) {
        Err(JournalError::NoRun { .. }) if acknowledged == 0 => return 0,
        records => records.unwrap(),
    };
    assert!(
        records.len() as u64 >= acknowledged,
        "{run}: {acknowledged} events were acknowledged, {} are there",
        records.len()
    );
    for (record, seq) in records.iter().zip(1..) {
        assert_eq!((record.run.as_str(), record.seq), (run, seq));
        if seq > 1 {
            assert_eq!(body(&record.event), child::saying(run, seq));
        }
    }
    records.len() as u64
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    const KILLS: u64 = 120;
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut random = seed.as_nanos() as u64;
    let mut roots = Vec::new();
    let mut acks: HashMap<(usize, String), u64> = HashMap::new();
    let (mut acknowledged, mut unclean) = (0, 0);
    for kill in 0..KILLS {
        // Now and then the journal itself is still to be made.
        if kill % 12 == 0 {
            roots.push(tempfile::tempdir().unwrap());
        }
        let root = roots.len() - 1;
        let directory = roots[root].path().join("state");
        let run = format!("r{}", kill % 3);
        let mut process = child::spawn("for-ever", &directory, &run);
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1);
        thread::sleep(Duration::from_micros((random >> 33) % 60_000));
        process.kill().unwrap();
        let lines = child::lines(process);
        assert!(
            !lines.iter().any(|line| line.starts_with("failed")),
            "kill {kill}: {lines:?}"
        );
        let last = acks.entry((root, run.clone())).or_default();
        *last = child::acknowledged(&lines).max(*last);
        // Looking must not be what mends it.
        if let Some(journal) = Journal::open_existing(&directory).unwrap() {
            verify(&journal, &run, *last);
        }
        if kill % 2 == 0 {
            let journal = Journal::open(&directory).unwrap();
            unclean += u32::from(journal.was_unclean());
            verify(&journal, &run, *last);
        }
    }
    for ((root, run), last) in &acks {
        let journal = Journal::open(&roots[*root].path().join("state")).unwrap();
        acknowledged += last;
        verify(&journal, run, *last);
        assert_eq!(journal.check().unwrap(), []);
        let entries = fs::read_dir(roots[*root].path().join("state")).unwrap();
        let mut names = entries.map(|entry| entry.unwrap().file_name());
        assert!(!names.any(|name| name.to_string_lossy().starts_with(".new-")));
    }
    eprintln!("{KILLS} kills, {acknowledged} events acknowledged, {unclean} unclean stops seen");
    assert!(acknowledged > KILLS, "the children came to nothing");
    assert!(unclean > 0, "no kill was noticed");
}

#[test]
fn the_kernel_gives_back_the_lease_of_a_killed_process() {
    let root = tempfile::tempdir().unwrap();
    let (journal, lease) = fresh(root.path(), "r");
    drop(lease);
    journal.flush().unwrap();
    let mut holder = child::spawn("hold", root.path(), "r");
    let mut said = BufReader::new(holder.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    assert_eq!(
        journal.lease("r").unwrap_err(),
        JournalError::Busy {
            run: "r".into(),
            pid: Some(holder.id())
        }
    );
    assert_eq!(journal.runs(1).unwrap()[0].driver, Some(holder.id()));
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(journal.driver("r").unwrap(), None);
    let lease = journal.lease("r").unwrap();
    assert_eq!(lease.epoch(), 3);
}

fn side_by_side(directory: &Path, runs: &[&str]) {
    let children: Vec<_> = runs
        .iter()
        .map(|run| child::spawn("some", directory, run))
        .collect();
    for (run, process) in runs.iter().zip(children) {
        let lines = child::lines(process);
        let acknowledged = child::acknowledged(&lines);
        assert!(acknowledged > 300, "{run}: {:?}", lines.last());
        let journal = Journal::open_existing(directory).unwrap().unwrap();
        assert_eq!(verify(&journal, run, acknowledged), acknowledged);
    }
}

#[test]
fn processes_write_side_by_side_and_make_the_journal_only_once() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("state");
    side_by_side(&directory, &["a", "b", "c"]);
    let journal = Journal::open(&directory).unwrap();
    assert!(!journal.was_unclean());
    assert_eq!(journal.runs(9).unwrap().len(), 3);
    assert_eq!(journal.check().unwrap(), []);
}
