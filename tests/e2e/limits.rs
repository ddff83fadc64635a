//! Accounts that take no more for a while: every run waits, whoever was told, and goes on
//! by itself.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::support::{Cm, PATIENCE, end};

/// Long enough to look at, and for two more processes to start.
const SOON: u64 = 6_000;

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.expect("a time after 1970").as_millis()).expect("a time")
}

/// A second project, with the same home and the same workflow.
fn other(cm: &Cm) -> PathBuf {
    let other = cm.root().join("other");
    fs::create_dir(&other).expect("a directory");
    other
}

fn run_in(cm: &Cm, directory: &Path, script: &str) -> Command {
    let script_file = cm.root().join("other.json");
    fs::write(&script_file, script).expect("a script");
    let mut command = cm.command(["run", "./flow", "--engine", "scripted", "--script"]);
    command.arg(&script_file).arg("--dir").arg(directory);
    command
}

fn begun(mut command: Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts")
}

/// The last run in a directory, when it waits for its time.
fn waiting(cm: &Cm, directory: &Path) -> Value {
    let directory = directory.display().to_string();
    let began = Instant::now();
    loop {
        let ran = cm.run(["show", "last", "--json", "--dir", &directory]);
        if ran.output().status.success() {
            let shown = ran.json();
            if shown["status"] == "waiting" {
                return shown;
            }
        }
        assert!(began.elapsed() < PATIENCE, "it does not wait: {ran}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn attempts(shown: &Value, step: &str) -> u64 {
    let steps = shown["steps"].as_array().expect("steps");
    let step = steps.iter().find(|it| it["id"] == step);
    step.expect("the step")["attempts"]
        .as_u64()
        .expect("a number")
}

fn limit_file(cm: &Cm) -> PathBuf {
    cm.home().join("limits/scripted.json")
}

#[test]
fn a_limit_holds_every_run_of_the_host_over_kill_and_restart() {
    let cm = Cm::new()
        .workflow("name: Wait\nsteps:\n  - agent: one\n  - agent: two\n")
        .agent("one", "Begin.")
        .agent("two", "Go on.")
        .script(&format!(
            r#"{{ "rules": [
                {{ "agent": "one", "do": [{{ "say": "Begun." }}] }},
                {{ "do": [
                    {{ "run": "echo x >> tries" }},
                    {{ "limit": {{ "message": "5-hour limit", "retry-after-ms": {SOON}, "unless": "over" }} }},
                    {{ "say": "Done." }} ] }} ] }}"#
        ));
    let project = cm.project();
    let mut first = cm.started(&[], "tries");
    let shown = waiting(&cm, &project);
    let until_ms = shown["waiting"]["until_ms"].as_u64().expect("a moment");
    assert_eq!(shown["waiting"]["engine"], "scripted");
    cm.run(["show", "last"])
        .code(0)
        .says("waiting until ")
        .says("(usage limit of scripted): 5-hour limit");
    let file = fs::read_to_string(limit_file(&cm)).expect("other runs hear of it");
    let file: Value = serde_json::from_str(&file).expect("JSON");
    assert_eq!(
        (&file["until_ms"], &file["why"]),
        (&json!(until_ms), &json!("5-hour limit"))
    );
    // Another run, in another project, that nobody has told anything yet: it does not even
    // ask.
    let other = other(&cm);
    let script = r#"{ "default": { "do": [{ "run": "touch went" }, { "say": "Done." }] } }"#;
    let second = begun(run_in(&cm, &other, script));
    let shown = waiting(&cm, &other);
    assert_eq!(shown["waiting"]["until_ms"], until_ms);
    assert_eq!(attempts(&shown, "one"), 0);
    // The host is killed, and started again.
    end(first.id());
    first.wait().expect("it is gone");
    cm.write("over", "");
    cm.run(["resume", "last"])
        .code(0)
        .says("waiting until ")
        .says("(usage limit of scripted)")
        .calm();
    assert_eq!(cm.attempts("one"), 1, "what was finished is not repeated");
    assert_eq!(cm.read("tries").lines().count(), 2);
    let early = |events: &[Value]| {
        let sent = events.iter().filter(|event| {
            let at_ms = event["at_ms"].as_u64().unwrap_or_default();
            event["kind"] == "attempted" && at_ms < until_ms
        });
        sent.count()
    };
    let events = cm.events("last");
    let resumed = events.iter().position(|event| event["kind"] == "resumed");
    assert_eq!(early(&events[resumed.expect("it was resumed")..]), 0);
    // The other one has gone on by itself.
    let second = cm.finished(second).code(0).calm();
    assert!(second.err().contains("one: waiting until "), "{second}");
    assert!(other.join("went").exists());
    let directory = other.display().to_string();
    let events = cm.run(["logs", "last", "--json", "--dir", &directory]);
    assert_eq!(early(&events.code(0).ndjson()), 0);
    // What is over is nothing worth keeping.
    let rows = cm.json(["gc", "--json"]);
    assert!(rows.to_string().contains("scripted.json"), "{rows}");
    assert!(!limit_file(&cm).exists());
}

#[test]
fn a_run_that_is_going_on_hears_of_a_limit_and_of_a_longer_one() {
    let cm = Cm::new()
        .workflow("name: Wait\nsteps:\n  - agent: one\n  - agent: two\n")
        .agent("one", "Begin.")
        .agent("two", "Go on.")
        .script(
            r#"{ "rules": [
                { "agent": "one", "do": [{ "run": "touch begun; until test -e go; do sleep 0.02; done" }, { "say": "Begun." }] },
                { "do": [{ "say": "Done." }] } ] }"#,
        );
    let child = cm.started(&[], "begun");
    let directory = cm.home().join("limits");
    fs::create_dir_all(&directory).expect("a directory");
    let tell = |after_ms: u64| {
        let until_ms = now_ms() + after_ms;
        let text = json!({ "engine": "scripted", "until_ms": until_ms, "why": "weekly limit" });
        let draft = directory.join("draft");
        fs::write(&draft, text.to_string()).expect("a file");
        fs::rename(&draft, limit_file(&cm)).expect("a file");
        until_ms
    };
    let heard = |times: usize| {
        let began = Instant::now();
        loop {
            let events = cm.events("last");
            let limits = events.iter().filter(|it| it["kind"] == "limited");
            if limits.count() == times {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "nobody heard of it");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    tell(2_000);
    heard(1);
    let until_ms = tell(4_000);
    heard(2);
    cm.write("go", "");
    assert_eq!(waiting(&cm, &cm.project())["waiting"]["until_ms"], until_ms);
    cm.finished(child)
        .code(0)
        .says("two: waiting until ")
        .calm();
    assert!(now_ms() >= until_ms);
}

#[test]
fn a_limit_of_the_controller_holds_too() {
    let cm = Cm::new()
        .workflow("name: Lead\nmode: autonomous\ncontroller: lead\nsteps:\n  - agent: worker\n    interactive: true\n")
        .agent("lead", "You lead.")
        .agent("worker", "Work.")
        .script(
            r#"{ "rules": [
                { "agent": "worker", "do": [{ "say": "Worked." }] },
                { "agent": "lead", "do": [
                    { "run": "echo x >> asked" },
                    { "limit": { "message": "5-hour limit", "retry-after-ms": 2500, "unless": "over" } },
                    { "say": "{\"decision\": \"next\"}" } ] } ] }"#,
        );
    let child = begun(cm.flow_command(&[]));
    let shown = waiting(&cm, &cm.project());
    assert_eq!(shown["waiting"]["engine"], "scripted");
    assert!(limit_file(&cm).exists(), "other runs hear of it");
    cm.write("over", "");
    cm.finished(child)
        .code(0)
        .says("waiting until ")
        .says("(usage limit of scripted): 5-hour limit")
        .calm();
    assert_eq!(cm.read("asked").lines().count(), 2);
    assert_eq!(cm.attempts("worker"), 1);
}

#[test]
fn an_end_that_is_a_year_away_is_not_waited_for() {
    let year = now_ms() + 365 * 24 * 3_600_000;
    let cm = Cm::new()
        .workflow("name: Wait\nsteps:\n  - agent: one\n")
        .agent("one", "Begin.")
        .script(&format!(
            r#"{{ "default": {{ "do": [
                {{ "limit": {{ "message": "no more this year", "until-ms": {year}, "unless": "over" }} }},
                {{ "say": "Done." }} ] }} }}"#
        ));
    cm.flow()
        .code(1)
        .says("the step `one`")
        .says("no more this year")
        .says("too long to wait")
        .says("--engine")
        .says("cm resume")
        .calm();
    assert!(!limit_file(&cm).exists(), "it holds nobody else");
    // What somebody else has written down is told, and holds nobody.
    fs::create_dir_all(cm.home().join("limits")).expect("a directory");
    let text = json!({ "engine": "scripted", "until_ms": year, "why": "?" });
    fs::write(limit_file(&cm), text.to_string()).expect("a file");
    cm.write("over", "");
    cm.run(["resume", "last"])
        .code(0)
        .says("scripted.json` is left aside")
        .says("nobody waits so long; remove it: rm '")
        .calm();
}

#[test]
fn an_end_that_is_past_is_tried_again_soon() {
    let cm = Cm::new()
        .workflow("name: Wait\nsteps:\n  - agent: one\n")
        .agent("one", "Begin.")
        .script(
            r#"{ "default": { "do": [
                { "run": "test -e tries && touch over; touch tries" },
                { "limit": { "message": "limit", "until-ms": 1000, "unless": "over" } },
                { "say": "Done." } ] } }"#,
        );
    cm.flow().code(0).says("tried again at").calm();
    assert_eq!(cm.attempts("one"), 2);
}
