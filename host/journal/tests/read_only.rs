#![cfg(unix)]

use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    thread,
    time::Duration,
};

use crate::{child, sample::written};

fn chmod(path: &Path, directories: u32, files: u32) {
    let metadata = fs::metadata(path).unwrap();
    let mode = if metadata.is_dir() {
        directories
    } else {
        files
    };
    // What is inside first when closing, last when opening: either works for root.
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap().flatten() {
            chmod(&entry.path(), directories, files);
        }
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Looks as somebody who may not write: for the superuser, as nobody.
fn look(directory: &Path) -> Vec<String> {
    chmod(directory, 0o555, 0o444);
    let mut command = child::command(&[], "look", directory, "r");
    let root = Path::new("/proc/self/uid_map").exists() && am_root();
    if root {
        command.uid(65534).gid(65534);
    }
    let lines = child::lines(command.spawn().unwrap());
    chmod(directory, 0o755, 0o644);
    lines
}

fn am_root() -> bool {
    let probe = tempfile::NamedTempFile::new().unwrap();
    fs::set_permissions(probe.path(), fs::Permissions::from_mode(0o000)).unwrap();
    fs::File::open(probe.path()).is_ok()
}

#[test]
fn a_read_only_directory_can_be_looked_at_and_says_so_when_written_to() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("state %41?#");
    written(&directory, 30);
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let expected = [
        "run r 31 31",
        "damage 0",
        "open read-only",
        "append read-only",
    ];
    assert_eq!(look(&directory), expected);
}

#[test]
fn also_with_a_log_that_a_killed_process_left() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("state");
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut process = child::spawn("for-ever", &directory, "r");
    thread::sleep(Duration::from_millis(300));
    process.kill().unwrap();
    let acknowledged = child::acknowledged(&child::lines(process));
    assert!(acknowledged > 0);
    assert!(directory.join("journal.db-wal").exists());
    let lines = look(&directory);
    let events = lines[0].rsplit(' ').next().unwrap();
    assert!(events.parse::<u64>().unwrap() >= acknowledged, "{lines:?}");
    assert_eq!(
        lines[1..],
        ["damage 0", "open read-only", "append read-only"]
    );
}

#[test]
fn nothing_there_is_not_an_error() {
    let root = tempfile::tempdir().unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let directory = root.path().join("empty");
    fs::create_dir(&directory).unwrap();
    assert_eq!(look(&directory), ["nothing"]);
}
