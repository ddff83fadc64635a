//! Runs that are not there, or that others drive.

use std::process::Stdio;

use rustix::process::Signal;
use snapbox::str;

use super::yaml;
use crate::support::{same, signal};

#[test]
fn a_run_that_is_not_there() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n");
    cm.flow().code(0);
    for command in ["show", "logs", "resume", "cancel"] {
        cm.run([command, "zzzzzzz"])
            .stdout("")
            .code(2)
            .stderr(str![[r#"
cm::no-such-run

  × there is no run `zzzzzzz`
  help: `cm runs` lists them

"#]]);
    }
    cm.run(["show", "\u{1b}[2J"])
        .stdout("")
        .code(2)
        .says_not("\u{1b}");
    cm.run(["show", ""]).stdout("").code(2).stderr(str![[r#"
cm::no-such-run

  × there is no run ``
  help: `cm runs` lists them

"#]]);
    cm.run(["logs", "last", "--step", "nowhere"])
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-such-step

  × run [RUN] has no step `nowhere`; it has: echo

"#]]);
}

#[test]
fn an_id_that_could_be_several() {
    let cm = yaml("name: X\nsteps: [{ run: echo }]\n");
    // More runs than there are letters that an id can begin with.
    for _ in 0..33 {
        cm.flow().code(0);
    }
    let runs = cm.json(["runs", "--json", "-n", "100"]);
    let ids: Vec<_> = runs
        .as_array()
        .expect("a list")
        .iter()
        .map(|run| run["run"].as_str().expect("an id"))
        .collect();
    let begins = |first: &str| ids.iter().filter(|id| id.starts_with(first)).count();
    let first = ids
        .iter()
        .map(|id| &id[..1])
        .find(|first| begins(first) > 1)
        .expect("two begin alike");
    let ran = cm.run(["show", first]).stdout("").code(2);
    assert!(
        ran.err().contains(&format!("`{first}` could be one of ")),
        "{ran}"
    );
    assert!(ran.err().contains("help: give more of its id"), "{ran}");
    cm.run(["show", ids[0]]).code(0);
}

/// A run that waits for a file, and tells that it has begun.
const WAITING: &str = "name: Waiting\nsteps:\n  - run: echo $$ >> begun; while [ ! -e go ]; do sleep 0.02; done\n  - run: echo the end\n";

#[test]
fn two_runs_in_one_project() {
    let cm = yaml(WAITING);
    let first = cm.started(&[], "begun");
    let second = cm
        .flow_command(&[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts");
    while cm.read("begun").lines().count() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let runs = cm.json(["runs", "--json"]);
    let running = runs
        .as_array()
        .expect("a list")
        .iter()
        .filter(|run| run["status"] == "running")
        .count();
    assert_eq!(running, 2, "{runs}");
    cm.write("go", "");
    cm.finished(first).code(0).stdout("the end\n");
    cm.finished(second).code(0).stdout("the end\n");
}

#[test]
fn one_run_is_driven_by_one() {
    let cm = yaml(WAITING);
    let driver = cm.started(&[], "begun");
    let ran = cm.run(["resume", "last"]).stdout("").code(1);
    let said = ran
        .err()
        .replace(&format!("process {}", driver.id()), "process [PID]");
    let said = crate::support::redact(&said, cm.root());
    same(
        &said,
        str![[r#"
cm::run-busy

  × the run [RUN] is driven by another process (process [PID])
  help: Wait for it, or stop the run with `cm cancel`.

"#]],
    );
    cm.write("go", "");
    cm.finished(driver).code(0).stdout("the end\n");
    assert_eq!(cm.read("begun").lines().count(), 1);
}

#[test]
fn a_driver_that_was_killed() {
    let cm = yaml(WAITING);
    let driver = cm.started(&[], "begun");
    signal(driver.id(), Signal::KILL);
    let _ = driver.wait_with_output();
    cm.run(["runs"]).code(0).says("stopped");
    cm.run(["show", "last"]).code(0).says("go on: cm resume");
    cm.write("go", "");
    cm.run(["resume", "last"]).code(0).stdout("the end\n");
    cm.run(["resume", "last"])
        .stdout("")
        .code(2)
        .says("is done already");
}
