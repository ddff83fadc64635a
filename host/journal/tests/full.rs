use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use cm_journal::{Journal, JournalError};

use crate::{
    child,
    sample::{body, fresh, note},
};

/// A small file system of its own.
struct Mount(tempfile::TempDir);

impl Mount {
    fn new(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(directory.path())
            .stderr(Stdio::null())
            .status();
        match mounted {
            Ok(status) if status.success() => Some(Self(directory)),
            _ => {
                eprintln!("SKIPPED: a small file system cannot be mounted here");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_refuses_keeps_and_goes_on_when_there_is_room() {
    let Some(mount) = Mount::new("2m") else {
        return;
    };
    let ballast = mount.path().join("ballast");
    fs::write(&ballast, vec![0; 600_000]).unwrap();
    let state = mount.path().join("state");
    let (journal, lease) = fresh(&state, "r");
    let mut last = 1;
    let error = loop {
        let event = note(format!("{last} {}", "f".repeat(8000)));
        match journal.append("r", 2, vec![event]).wait_blocking() {
            Ok(seq) => last = seq,
            Err(error) => break error,
        }
        assert!(last < 1000, "the disk does not fill up");
    };
    assert_eq!(error.code(), "disk-full");
    assert!(error.to_string().contains("journal.db"), "{error}");
    assert!(error.help().unwrap().contains("cm resume"));
    let refused = journal.append("r", 3, vec![note("small")]).wait_blocking();
    match refused.unwrap_err() {
        JournalError::Refused { because, .. } => assert_eq!(because.code(), "disk-full"),
        other => panic!("{other}"),
    }
    assert_eq!(journal.events("r", 0).unwrap().len() as u64, last);
    let blob = journal.blobs().put(&[1; 2_000_000]).unwrap_err();
    assert_eq!(blob.code(), "disk-full");
    assert_eq!(fs::read_dir(state.join("blobs/tmp")).unwrap().count(), 0);

    fs::remove_file(&ballast).unwrap();
    drop(lease);
    let _lease = journal.lease("r").unwrap();
    let seq = journal
        .append("r", 4, vec![note("again")])
        .wait_blocking()
        .unwrap();
    assert_eq!(seq, last + 1);
    assert_eq!(journal.check().unwrap(), []);
}

#[test]
fn no_room_for_a_blob_refuses_the_whole_append() {
    let Some(mount) = Mount::new("2m") else {
        return;
    };
    let (journal, _lease) = fresh(&mount.path().join("state"), "r");
    let events = vec![note("first"), note("b".repeat(3_000_000))];
    let error = journal.append("r", 2, events).wait_blocking().unwrap_err();
    assert_eq!(error.code(), "disk-full");
    assert!(error.to_string().contains("blobs"), "{error}");
    assert_eq!(journal.events("r", 0).unwrap().len(), 1);
}

#[test]
fn no_room_to_begin_with() {
    let Some(mount) = Mount::new("64k") else {
        return;
    };
    fs::write(mount.path().join("ballast"), vec![0; 60_000]).unwrap();
    let error = Journal::open(&mount.path().join("state")).unwrap_err();
    assert_eq!(error.code(), "disk-full", "{error}");
}

#[cfg(unix)]
#[test]
fn a_limit_on_the_size_of_files_is_an_error_like_any_other() {
    let root = tempfile::tempdir().unwrap();
    let limited = r#"trap "" XFSZ; ulimit -f 600; exec "$0" "$@""#;
    let through = ["sh", "-c", limited];
    let process = child::command(&through, "for-ever", root.path(), "r")
        .spawn()
        .unwrap();
    let lines = child::lines(process);
    let failure = lines.last().unwrap();
    assert!(
        ["failed io", "failed disk-full"].contains(&failure.as_str()),
        "{failure}"
    );
    let last = child::acknowledged(&lines);
    assert!(last > 1);
    let journal = Journal::open(root.path()).unwrap();
    let records = journal.events("r", 0).unwrap();
    assert!(records.len() as u64 >= last);
    for record in &records[1..] {
        assert_eq!(body(&record.event), child::saying("r", record.seq));
    }
    assert_eq!(journal.check().unwrap(), []);
}
