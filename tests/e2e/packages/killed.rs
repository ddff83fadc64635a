//! `kill -9` at random moments while packages are installed and published: the old state
//! or the new one, and nothing between.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use super::{cm_does, write_review};
use crate::support::Cm;

/// So often each of both is killed.
const TIMES: u64 = 25;

/// Starts a command, and kills it after so many microseconds; whether it was still there.
fn killed(mut command: Command, after: u64) -> bool {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("cm starts");
    std::thread::sleep(Duration::from_micros(after));
    let _ = child.kill();
    child.wait().expect("it ends").code().is_none()
}

/// The same numbers every time, unlike each other.
fn moments() -> impl Iterator<Item = u64> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % 40_000
    })
}

#[test]
fn while_it_installs() {
    let cm = Cm::new();
    for version in ["1.0.0", "1.1.0"] {
        write_review(&cm, version, "programs = ['sh']");
        cm.write("made/review/large.md", "x".repeat(400_000));
        cm_does(&cm, "publish made/review").code(0);
    }
    let mut cut = 0;
    for after in moments().take(usize::try_from(TIMES).expect("few")) {
        cm_does(&cm, "install review@1.0.0 --yes").code(0);
        cut += u64::from(killed(
            cm.command(["install", "review@1.1.0", "--yes"]),
            after,
        ));
        let ran = cm_does(&cm, "run review").code(0).out();
        assert!(
            ["this is 1.0.0\n", "this is 1.1.0\n"].contains(&ran.as_str()),
            "after {after} µs: {ran}"
        );
        cm_does(&cm, "install review@1.1.0 --yes").code(0);
        assert_eq!(cm_does(&cm, "run review").code(0).out(), "this is 1.1.0\n");
        cm_does(&cm, "verify").code(0);
        cm_does(&cm, "remove review").code(0);
    }
    assert!(cut > TIMES / 5, "only {cut} of {TIMES} were in time");
}

#[test]
fn while_it_publishes() {
    let cm = Cm::new();
    let mut cut = 0;
    for (number, after) in moments()
        .take(usize::try_from(TIMES).expect("few"))
        .enumerate()
    {
        let version = format!("1.{number}.0");
        write_review(&cm, &version, "programs = ['sh']");
        cm.write("made/review/large.md", "x".repeat(400_000));
        cut += u64::from(killed(cm.command(["publish", "made/review"]), after));
        // What is listed is there whole.
        let other = cm_does(&cm, "search review --json").code(0).json();
        if let Some(found) = other[0]["version"].as_str() {
            let spec = format!("install review@{found} --yes");
            cm_does(&cm, &spec).code(0);
            let said = cm_does(&cm, "run review").code(0).out();
            assert_eq!(said, format!("this is {found}\n"));
        }
        cm_does(&cm, "publish made/review").code(0);
    }
    assert!(cut > TIMES / 5, "only {cut} of {TIMES} were in time");
}
