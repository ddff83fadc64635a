//! Packages, registries and people that mean harm, each through all of installing:
//! nothing of it gets in, nothing is written where it does not belong, and the error
//! says what is wrong.
//!
//! The cases are tables, so that they can be counted.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
};

use tempfile::TempDir;

mod bytes;
mod components;
mod files;
mod identity;
mod names;
mod places;
mod stage;
mod trust;
mod wire;

use stage::{Stage, printable};

/// One attack.
struct Case {
    name: &'static str,
    /// Sets the trap.
    trap: fn(&mut Stage),
    ends: Ends,
}

enum Ends {
    /// It is refused, with this code and these words.
    Refused(&'static str, &'static str),
    /// It comes to nothing: installing goes well, and this holds.
    Harmless(fn(&Stage)),
}

fn refused(
    name: &'static str,
    code: &'static str,
    says: &'static str,
    trap: fn(&mut Stage),
) -> Case {
    Case {
        name,
        trap,
        ends: Ends::Refused(code, says),
    }
}

fn harmless(name: &'static str, trap: fn(&mut Stage), holds: fn(&Stage)) -> Case {
    Case {
        name,
        trap,
        ends: Ends::Harmless(holds),
    }
}

fn cases() -> Vec<Case> {
    let mut all = bytes::cases();
    all.extend(files::cases());
    all.extend(components::cases());
    all.extend(identity::cases());
    all.extend(names::cases());
    all.extend(places::cases());
    all.extend(trust::cases());
    all.extend(wire::cases());
    all
}

/// The cases run in another process, whose home and Docker configuration are theirs.
#[test]
fn nothing_of_it_gets_in() {
    let names: BTreeSet<_> = cases().iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases().len(), "two cases have one name");
    assert!(names.len() >= 180, "{}", names.len());
    let home = TempDir::new().unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hostile::each", "--ignored", "--nocapture"])
        .env("HOME", home.path())
        .env("DOCKER_CONFIG", home.path())
        .env("CM_TEST_HOME", home.path())
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "run by the test above"]
fn each() {
    let Some(home) = std::env::var_os("CM_TEST_HOME") else {
        return;
    };
    let only = std::env::var("CM_TEST_CASE").unwrap_or_default();
    let all = cases();
    let mut failed = Vec::new();
    for case in all.iter().filter(|case| case.name.contains(&only)) {
        let start = std::time::Instant::now();
        if std::panic::catch_unwind(|| run(case, home.as_ref())).is_err() {
            failed.push(case.name);
        }
        println!("{:>5} ms  {}", start.elapsed().as_millis(), case.name);
    }
    println!("{} hostile cases, {} failed", all.len(), failed.len());
    assert!(failed.is_empty(), "{failed:#?}");
}

fn run(case: &Case, home: &std::path::Path) {
    let mut stage = Stage::new(home);
    (case.trap)(&mut stage);
    let (outside, installed) = (stage.outside(), stage.installed());
    let result = stage.install();
    let name = case.name;
    match &case.ends {
        Ends::Refused(code, says) => {
            let Err(error) = result else {
                panic!("{name}: it was installed: {:?}", stage.installed());
            };
            let text = error.to_string();
            assert_eq!(error.code(), *code, "{name}: {text}");
            assert!(text.contains(says), "{name}: {text}");
            // What to do about the rest of what a disk says, nobody knows.
            let help = error.help().filter(|it| !it.is_empty());
            assert!(
                help.is_some() || error.code() == "disk",
                "{name}: no help for {text}"
            );
            let help = help.unwrap_or_default();
            assert!(
                printable(&text) && printable(&help),
                "{name}: {text:?} {help:?}"
            );
            assert_eq!(stage.installed(), installed, "{name}");
        }
        Ends::Harmless(holds) => {
            if let Err(error) = result {
                panic!("{name}: {error}");
            }
            holds(&stage);
        }
    }
    assert_eq!(stage.outside(), outside, "{name}: something was written");
    stage.is_sound(name);
}
