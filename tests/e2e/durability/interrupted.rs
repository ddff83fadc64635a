//! Ctrl-C once and twice, and being told to end: the run stops, and can go on.

use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::{journal::Events, living::assert_gone};
use crate::support::{Cm, signal};

/// The first time it is at work for ever, from then on it is done at once.
const ONCE: &str = "echo slow >> effects.log; test -e again || { touch again; while :; do sleep 100; done; }; echo done";

fn agent(before: &str) -> Cm {
    let script = format!(
        r#"{{ "rules": [
        {{ "agent": "quick", "do": [{{ "run": "echo quick >> effects.log" }}, {{ "say": "quick" }}] }},
        {{ "agent": "slow", "do": [{before} {{ "run": "{ONCE}" }}, {{ "say": "slow" }}] }}
    ] }}"#
    );
    let workflow = "name: Test\nsteps: [{ agent: quick }, { agent: slow }, { run: 'echo over {slow.output}' }]";
    Cm::new()
        .workflow(workflow)
        .agent("quick", "Quick.")
        .agent("slow", "Slow.")
        .script(&script)
}

fn start(cm: &Cm) -> Child {
    let mut command = cm.flow_command(&[]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts");
    cm.wait_for("again");
    child
}

/// It stopped as it should, and goes on to its end.
fn assert_resumable(cm: &Cm, log: &str) {
    let run = cm.last();
    assert_gone(&run);
    let shown = cm.json(["show", "last", "--json"]);
    assert_eq!(shown["status"], "interrupted");
    assert_eq!(shown["driven"], false);
    let last = Events::of(cm, &run).0.last().cloned().expect("events");
    assert_eq!(
        last["kind"], "interrupted",
        "nothing happens after it was let go: {last}"
    );
    let resumed = cm.run(["resume", "last"]).code(0).calm();
    assert!(resumed.out().starts_with("over "), "{resumed}");
    let events = Events::of(cm, &run);
    events.assert_sound();
    assert_eq!(events.end()["how"], "done");
    assert_eq!(cm.read("effects.log"), log);
}

fn stops_on(which: Signal) {
    let cm = agent("");
    let child = start(&cm);
    signal(child.id(), which);
    let ran = cm.finished(child).code(130).calm();
    let run = cm.last();
    let ran = ran.says(&format!(
        "Run {run} was interrupted. Go on with: cm resume {run}"
    ));
    drop(ran);
    assert_resumable(&cm, "quick\nslow\nslow\n");
}

#[test]
fn once() {
    stops_on(Signal::INT);
}

#[test]
fn told_to_end() {
    stops_on(Signal::TERM);
}

#[test]
fn terminal_gone() {
    stops_on(Signal::HUP);
}

/// A command in the place of an agent.
#[test]
fn in_a_command() {
    let workflow = format!(
        "name: Test\nsteps: [{{ id: slow, run: '{ONCE}' }}, {{ run: 'echo over {{slow.output}}' }}]"
    );
    let cm = Cm::new().workflow(&workflow);
    let child = start(&cm);
    signal(child.id(), Signal::INT);
    drop(cm.finished(child).code(130).calm());
    assert_resumable(&cm, "slow\nslow\n");
}

/// Both members of a group are at work, and one of them has its result already.
#[test]
fn in_a_group() {
    let workflow = format!(
        "name: Test\nsteps: [{{ id: group, parallel: [{{ id: a, run: 'echo quick >> effects.log; touch a' }}, \
         {{ id: slow, run: 'while ! test -e a; do sleep 0.01; done; sleep 0.2; {ONCE}' }}] }}, {{ run: 'echo over {{group.output}}' }}]"
    );
    let cm = Cm::new().workflow(&workflow);
    let child = start(&cm);
    signal(child.id(), Signal::INT);
    drop(cm.finished(child).code(130).calm());
    assert_resumable(&cm, "quick\nslow\nslow\n");
}

/// It is asked to end, does not, and is killed after a while.
#[test]
fn once_with_an_engine_that_does_not_listen() {
    let cm = agent(r#"{ "ignore": "TERM" },"#);
    let child = start(&cm);
    signal(child.id(), Signal::INT);
    drop(cm.finished(child).code(130).calm());
    assert_resumable(&cm, "quick\nslow\nslow\n");
}

#[test]
fn twice_with_an_engine_that_does_not_listen() {
    let cm = agent(r#"{ "ignore": "TERM" },"#);
    let child = start(&cm);
    let began = Instant::now();
    signal(child.id(), Signal::INT);
    // Two that come together would be taken for one.
    std::thread::sleep(Duration::from_millis(300));
    signal(child.id(), Signal::INT);
    drop(
        cm.finished(child)
            .code(130)
            .calm()
            .says("once more to stop at once")
            .says("Stopping at once"),
    );
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "it was waited for: {:?}",
        began.elapsed()
    );
    assert_resumable(&cm, "quick\nslow\nslow\n");
}

/// `cm cancel` from another terminal ends it for good, and what it started with it.
#[test]
fn cancelled_from_elsewhere() {
    let cm = agent(r#"{ "ignore": "TERM" },"#);
    let child = start(&cm);
    drop(cm.run(["cancel", "last"]).code(0));
    drop(cm.finished(child).code(3).calm());
    let run = cm.last();
    assert_gone(&run);
    assert_eq!(cm.json(["show", "last", "--json"])["status"], "cancelled");
}
