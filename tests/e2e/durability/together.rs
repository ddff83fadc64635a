//! Several `cm` at work on one project.

use std::process::{Child, Stdio};

use super::{journal::Events, living::assert_gone};
use crate::support::{Cm, end};

fn meeting() -> Cm {
    // Each waits for the other: they are done only when both are at work at once.
    let meet =
        "touch here-$CM_RUN; while test $(ls here-* | wc -l) -lt 2; do sleep 0.01; done; echo met";
    let steps = (0..20)
        .map(|n| format!("  - {{ id: s{n}, run: 'echo {n}' }}\n"))
        .collect::<String>();
    Cm::new()
        .workflow(&format!(
            "name: Test\nsteps:\n  - agent: a\n  - {{ id: meet, run: '{meet}' }}\n{steps}"
        ))
        .agent("a", "Go.")
}

fn start(cm: &Cm) -> Child {
    cm.flow_command(&[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts")
}

#[test]
fn two_runs_at_once() {
    let cm = meeting();
    let (first, second) = (start(&cm), start(&cm));
    for child in [first, second] {
        assert_eq!(cm.finished(child).code(0).calm().out(), "19\n");
    }
    let runs = cm.json(["runs", "--json"]);
    let runs = runs.as_array().expect("rows");
    assert_eq!(runs.len(), 2);
    for run in runs {
        assert_eq!(run["status"], "done");
        let events = Events::of(&cm, run["run"].as_str().expect("an id"));
        events.assert_sound();
        // One of them is the gate after the agent's turn.
        assert_eq!(events.tasks().len(), 23);
        assert_eq!(events.end()["output"], "19");
    }
}

/// One of two is killed: the other does not notice, and the first can go on meanwhile.
#[test]
fn one_of_two_is_killed() {
    let cm = Cm::new().workflow(
        "name: Test\nsteps: [{ id: wait, run: 'touch here-$CM_RUN; while ! test -e go; do sleep 0.01; done; echo went' }]",
    );
    let here = |cm: &Cm| {
        let names = std::fs::read_dir(cm.project())
            .expect("the project")
            .flatten();
        names
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("here-"))
            .count()
    };
    let mut first = start(&cm);
    while here(&cm) < 1 {
        assert!(first.try_wait().expect("a status").is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let killed = cm.last();
    let mut second = start(&cm);
    while here(&cm) < 2 {
        assert!(second.try_wait().expect("a status").is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    end(first.id());
    first.wait().expect("a status");
    assert_eq!(cm.json(["show", &killed, "--json"])["driven"], false);
    let resumed = cm
        .command(["resume", &killed])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts");
    cm.write("go", "");
    for child in [second, resumed] {
        assert_eq!(cm.finished(child).code(0).calm().out(), "went\n");
    }
    assert_gone(&killed);
}

/// A run is driven by one process at a time.
#[test]
fn the_same_run_twice() {
    let cm = Cm::new().workflow("name: Test\nsteps: [{ id: wait, run: 'touch here; while ! test -e go; do sleep 0.01; done; echo went' }]");
    let child = cm.started(&[], "here");
    let ran = cm.run(["resume", "last"]).calm();
    assert!(
        !matches!(ran.output().status.code(), Some(0) | None),
        "{ran}"
    );
    drop(ran.says(&child.id().to_string()));
    cm.write("go", "");
    assert_eq!(cm.finished(child).code(0).out(), "went\n");
    Events::of(&cm, &cm.last()).assert_sound();
}
