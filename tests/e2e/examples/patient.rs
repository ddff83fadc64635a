//! A run that waits out a limit, goes on with another engine, stops at its budget, and is
//! approved the next day, from elsewhere.

use std::{fs, time::Instant};

use serde_json::Value;

use super::{example, shown, start};
use crate::{
    support::{Cm, PATIENCE},
    workspaces::{commit, git, left},
};

fn until(cm: &Cm, status: &str) {
    let began = Instant::now();
    // Nothing is there to be shown until it has begun.
    while cm.run(["show", "last", "--json"]).out().is_empty() || shown(cm)["status"] != status {
        assert!(began.elapsed() < PATIENCE, "it is not {status}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// `cm` in a directory where no run ever was.
fn elsewhere(cm: &Cm, arguments: &[&str]) -> crate::support::Ran {
    let place = cm.root().join("elsewhere");
    fs::create_dir_all(&place).expect("a directory");
    let mut command = cm.command(arguments);
    command.current_dir(place);
    cm.ran(command)
}

/// What each turn of an agent was asked.
fn prompts(cm: &Cm, agent: &str) -> Vec<String> {
    let events = cm.events("last");
    let asked = events
        .iter()
        .filter(|event| event["work"]["agent"] == agent)
        .filter_map(|event| Some(event["work"]["prompt"].as_str()?.to_owned()));
    asked.collect()
}

#[test]
fn a_night() {
    let cm = commit(example("patient").file("check.sh", "test \"$(cat hello.txt)\" = hello\n"));

    // A limit of usage: a state of the run, not a failure.
    let run = start(&cm, &[]);
    until(&cm, "waiting");
    let waiting = shown(&cm);
    assert_eq!(waiting["waiting"]["why"], "the 5-hour limit is reached");
    cm.run(["show", "last"])
        .code(0)
        .says("waiting until ")
        .says("the 5-hour limit is reached");
    cm.write("limit-is-over", "");

    // It goes on by itself. Another engine takes over from the first one in the middle of
    // the work; then the budget allows no more.
    cm.finished(run)
        .code(4)
        .calm()
        .says("codex goes on in place of claude: the weekly limit is reached")
        .says("paused, because its budget does not allow more: $3.70 of $5.00 are used, and the next turn may take $2.00; next is step `reviewer`")
        .says(" --budget +5usd\n");
    assert_eq!(git(&cm, &["show", "HEAD:hello.txt"]), "hello");
    let [first, second] = &prompts(&cm, "builder")[..] else {
        panic!("two engines were asked");
    };
    assert!(second.starts_with(first.trim_end()), "{second}");
    for part in [
        "This was given to claude, which could not go on: the weekly limit is reached",
        "I have begun with hello.txt.",
    ] {
        assert!(second.contains(part), "{second}");
    }

    // The budget waits in the inbox, and so does the approval after it.
    let run = cm.last();
    elsewhere(&cm, &["inbox"])
        .code(0)
        .says("$3.70 of $5.00 are used")
        .says(&format!("cm resume {run} --budget +5usd"));
    elsewhere(&cm, &["resume", &run, "--budget", "+5usd"])
        .code(4)
        .calm()
        .says("Ship it? It says hello. Ship it.");
    assert_eq!(
        cm.attempts("planner"),
        2,
        "the limit and what came after it"
    );
    assert_eq!(shown(&cm)["budget"]["usd"], Value::from(10.0));

    // The next day, from another directory.
    let entries = elsewhere(&cm, &["inbox", "--json"]).code(0).json();
    assert_eq!(entries[0]["kind"], "approval");
    assert_eq!(entries[0]["step"], "ship");
    let _ = elsewhere(&cm, &["reply", &run, "yes, ship it"]).code(2);
    let _ = elsewhere(&cm, &["approve", &run, "--yes"]).code(0);
    elsewhere(&cm, &["resume", &run])
        .code(0)
        .calm()
        .says("There is a greeting now.");
    let entries = elsewhere(&cm, &["inbox", "--json"]).code(0).json();
    assert_eq!(entries, Value::Array(Vec::new()));
    for step in ["reviewer", "scribe"] {
        assert_eq!(cm.attempts(step), 1, "{step}");
    }
    assert_eq!(left(&cm), (0, String::new()));
}

#[test]
fn what_was_not_built_is_not_believed() {
    let cm = commit(example("patient").file("check.sh", "exit 1\n"));
    cm.write("limit-is-over", "");
    cm.flow_with(&["--budget", "50usd"])
        .code(1)
        .calm()
        .says("builder")
        .says("sh ./check.sh");
    assert_eq!(
        git(&cm, &["log", "--format=%s"]),
        "first",
        "nothing is merged"
    );
    // What it did is kept, and where it is is said.
    cm.run(["gc"]).code(0).says("1 change is not committed");
}
