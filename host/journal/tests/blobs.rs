use std::{fs, thread};

use cm_journal::Journal;
use cm_types::Digest;

#[test]
fn bytes_are_kept_once_and_verified() {
    let root = tempfile::tempdir().unwrap();
    let journal = Journal::open(root.path()).unwrap();
    let blobs = journal.blobs();
    for bytes in [&b""[..], b"cm", &[0xff; 300_000]] {
        let digest = blobs.put(bytes).unwrap();
        assert_eq!(digest, Digest::of(bytes));
        assert_eq!(blobs.put(bytes).unwrap(), digest);
        assert_eq!(blobs.get(&digest).unwrap(), bytes);
        let hex = digest.hex();
        let path = root.path().join("blobs").join(&hex[..2]).join(&hex[2..]);
        assert_eq!(blobs.path(&digest), path);
    }
    let missing = Digest::of(b"never put");
    assert_eq!(blobs.get(&missing).unwrap_err().code(), "blob-missing");
}

#[test]
fn a_damaged_blob_is_reported_and_putting_it_again_mends_it() {
    let root = tempfile::tempdir().unwrap();
    let journal = Journal::open(root.path()).unwrap();
    let blobs = journal.blobs();
    let digest = blobs.put(b"whole").unwrap();
    for wrong in [&b"wrong"[..], b"who", b""] {
        fs::write(blobs.path(&digest), wrong).unwrap();
        assert_eq!(blobs.get(&digest).unwrap_err().code(), "blob-damaged");
        blobs.put(b"whole").unwrap();
        assert_eq!(blobs.get(&digest).unwrap(), b"whole");
    }
}

#[test]
fn a_file_is_moved_in() {
    let root = tempfile::tempdir().unwrap();
    let journal = Journal::open(&root.path().join("state")).unwrap();
    let blobs = journal.blobs();
    let bytes: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
    for _ in 0..2 {
        let file = root.path().join("recording");
        fs::write(&file, &bytes).unwrap();
        let digest = blobs.put_file(&file).unwrap();
        assert!(!file.exists());
        assert_eq!(blobs.get(&digest).unwrap(), bytes);
    }
    let nothing = blobs.put_file(&root.path().join("nothing")).unwrap_err();
    assert!(nothing.to_string().contains("nothing"), "{nothing}");
    assert_eq!(nothing.code(), "io");
}

#[test]
fn many_threads_put_the_same() {
    let root = tempfile::tempdir().unwrap();
    let journal = Journal::open(root.path()).unwrap();
    let blobs = journal.blobs();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for number in 0..20_u8 {
                    let bytes = vec![number; 10_000];
                    let digest = blobs.put(&bytes).unwrap();
                    assert_eq!(blobs.get(&digest).unwrap(), bytes);
                }
            });
        }
    });
    assert_eq!(
        fs::read_dir(root.path().join("blobs/tmp")).unwrap().count(),
        0
    );
}

#[test]
fn what_a_killed_process_left_half_written_is_swept() {
    let root = tempfile::tempdir().unwrap();
    drop(Journal::open(root.path()).unwrap());
    fs::create_dir_all(root.path().join("blobs/tmp")).unwrap();
    let half = root.path().join("blobs/tmp/half");
    fs::write(&half, "half").unwrap();
    drop(Journal::open(root.path()).unwrap());
    assert!(
        half.exists(),
        "after a clean stop there is nothing to look for"
    );
    fs::write(root.path().join("journal.open"), "open\n").unwrap();
    let journal = Journal::open(root.path()).unwrap();
    assert!(journal.was_unclean());
    assert!(!half.exists());
    drop(journal);
    assert!(!Journal::open(root.path()).unwrap().was_unclean());
}
