//! Recordings: what was printed comes back piece by piece.

use std::{fs, path::PathBuf};

use cm_effects::{
    Output, Process, Recorded, Recording,
    recording::{Channel, Entry, Replay, What},
};
use cm_types::Digest;
use proptest::prelude::*;

use crate::support::{on_one_thread, sh};

/// What was heard, and what was written down.
fn record(script: &str, most: u64) -> (Vec<(Channel, Vec<u8>)>, Recorded, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let mut launch = sh(script);
    launch.recording = Some(Recording {
        path: place.path().join("turn.rec"),
        most,
    });
    let (heard, exit) = on_one_thread(async {
        let mut process = Process::start(launch).unwrap();
        let mut heard = Vec::new();
        loop {
            match process.next().await {
                Output::Stdout(bytes) => heard.push((Channel::Stdout, bytes)),
                Output::Stderr(bytes) => heard.push((Channel::Stderr, bytes)),
                Output::Exited(exit) => break (heard, exit),
            }
        }
    });
    (heard, exit.recorded.unwrap(), place)
}

fn replay(bytes: &[u8]) -> Vec<Entry> {
    Replay::new(bytes).unwrap().map(Result::unwrap).collect()
}

fn outputs(entries: &[Entry]) -> Vec<(Channel, Vec<u8>)> {
    let output = |entry: &Entry| match &entry.what {
        What::Output(channel, bytes) => Some((*channel, bytes.clone())),
        What::Exited { .. } | What::Ended { .. } => None,
    };
    entries.iter().filter_map(output).collect()
}

#[test]
fn the_very_pieces_come_back() {
    let script = "for i in 1 2 3; do printf '\\377{\"len\":1}\\n'; printf '\\000' >&2; done; \
                  head -c 200000 /dev/zero; exit 9";
    let (heard, recorded, _place) = record(script, u64::MAX);
    let file = fs::read(&recorded.path).unwrap();
    assert_eq!(recorded.digest, Digest::of(&file));
    assert_eq!(recorded.bytes, file.len() as u64);
    assert_eq!((recorded.dropped, &recorded.failure), (0, &None));
    let entries = replay(&file);
    assert_eq!(outputs(&entries), heard);
    let exited = What::Exited {
        code: Some(9),
        signal: None,
        dropped: 0,
    };
    assert_eq!(entries.last().unwrap().what, exited);
    assert!(entries.is_sorted_by_key(|entry| entry.at_ms));
    assert!(Replay::new(&file[..]).unwrap().began_ms() > 1_600_000_000_000);
}

#[test]
fn what_has_no_room_is_counted() {
    let (heard, recorded, _place) = record("head -c 300000 /dev/zero", 100_000);
    let all: usize = heard.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(all, 300_000);
    let entries = replay(&fs::read(&recorded.path).unwrap());
    let kept: usize = outputs(&entries).iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(kept <= 100_000);
    assert_eq!(recorded.dropped, 300_000 - kept as u64);
    assert!(
        matches!(entries.last().unwrap().what, What::Exited { dropped, .. } if dropped == recorded.dropped)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_does_not_disturb_the_program() {
    // `/dev/full` takes nothing; a recording must be new, so it hides behind a FIFO's
    // cousin: a limit on the size of files, in a process of its own.
    let status = std::process::Command::new("sh")
        .arg("-c")
        .arg("ulimit -f 8; trap '' XFSZ; exec \"$0\" --ignored --exact recorded::with_little_room")
        .arg(std::env::current_exe().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&status.stdout);
    assert!(
        status.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[test]
#[ignore = "run by a_full_disk_does_not_disturb_the_program"]
fn with_little_room() {
    let (heard, recorded, _place) = record("head -c 300000 /dev/zero", u64::MAX);
    let all: usize = heard.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(all, 300_000);
    assert!(recorded.failure.is_some());
    let file = fs::read(&recorded.path).unwrap();
    // What is there is whole, and is what the digest is of.
    assert_eq!(recorded.digest, Digest::of(&file));
    let kept: usize = outputs(&replay(&file))
        .iter()
        .map(|(_, bytes)| bytes.len())
        .sum();
    assert_eq!(recorded.dropped, 300_000 - kept as u64);
}

#[test]
fn one_that_cannot_begin_starts_nothing() {
    let place = tempfile::tempdir().unwrap();
    let path: PathBuf = place.path().join("there");
    fs::write(&path, "precious").unwrap();
    let proof = place.path().join("proof");
    let mut launch = sh(&format!("touch {}", proof.display()));
    launch.recording = Some(Recording {
        path: path.clone(),
        most: 1,
    });
    let error = on_one_thread(async { Process::start(launch).map(drop).unwrap_err() });
    assert!(error.to_string().contains("recording"), "{error}");
    assert_eq!(fs::read_to_string(path).unwrap(), "precious");
    assert!(!proof.exists());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A crash leaves a part of the file: what comes back is a beginning of what was there.
    #[test]
    fn a_part_is_a_beginning(cut in 0.0..1.0_f64) {
        use std::sync::LazyLock;
        static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
            let (_, recorded, _place) = record("echo one; echo two >&2; sleep 0.1; echo three", 1000);
            fs::read(recorded.path).unwrap()
        });
        let all = replay(&WHOLE);
        let length = (WHOLE.len() as f64 * cut) as usize;
        if let Ok(part) = Replay::new(&WHOLE[..length]) {
            let part: Vec<Entry> = part.map(Result::unwrap).collect();
            prop_assert!(part.len() < all.len() && all.starts_with(&part));
        }
    }

    /// No bytes whatever make it panic or take memory without bound.
    #[test]
    fn noise_is_an_error(noise in proptest::collection::vec(any::<u8>(), 0..300), length in any::<u64>()) {
        let mut file = b"{\"format\":\"cm-recording\",\"version\":1,\"len\":0}\n\n".to_vec();
        file.extend(format!("{{\"channel\":\"stdout\",\"len\":{length}}}\n").bytes());
        file.extend(&noise);
        for entry in Replay::new(&file[..]).unwrap() {
            let _ = entry;
        }
        let _ = Replay::new(&noise[..]);
    }
}

#[test]
fn a_newer_one_is_refused() {
    let newer = b"{\"format\":\"cm-recording\",\"version\":2,\"len\":0}\n\n";
    assert!(
        Replay::new(&newer[..])
            .unwrap_err()
            .to_string()
            .contains("newer")
    );
}
