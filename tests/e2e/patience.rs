//! What takes longer than it may: agents that say nothing, answers that do not come,
//! programs that do not leave.

use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{Cm, PATIENCE, end};

/// One agent, with these keys at its step and this script.
fn agent(keys: &str, script: &str) -> Cm {
    Cm::new()
        .workflow(&format!("name: Patience\nsteps:\n  - agent: maker\n{keys}"))
        .agent("maker", "Make it.")
        .script(script)
}

/// Begins and says no more; when it is told to go on it does.
const WAKES_UP: &str = r#"{ "rules": [
    { "session": "new", "do": [{ "say": "Let me see." }, { "hang": true }] },
    { "session": "continued", "contains": "You have said nothing", "do": [{ "say": "Sorry. Done." }] }
] }"#;

/// Says no more, whatever it is told.
const DEAD: &str = r#"{ "default": { "do": [{ "say": "Let me see." }, { "hang": true }] } }"#;

/// What was late in the run: which time, how long, what was done.
fn late(cm: &Cm) -> Vec<(String, u64, String)> {
    let events = cm.events("last");
    let late = events.iter().filter(|event| event["kind"] == "late");
    let text = |event: &Value, key: &str| event[key].as_str().expect("a text").to_owned();
    late.map(|event| {
        let ms = event["ms"].as_u64().expect("a time");
        (text(event, "clock"), ms, text(event, "then"))
    })
    .collect()
}

fn then<'late>(late: &'late [(String, u64, String)], wanted: &str) -> Vec<&'late str> {
    let fitting = late.iter().filter(|(_, _, then)| then == wanted);
    fitting.map(|(clock, _, _)| clock.as_str()).collect()
}

fn started(cm: &Cm, mut command: std::process::Command) -> Child {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let _ = cm;
    command.spawn().expect("cm starts")
}

/// Waits until the journal has so many events of a kind.
fn until(cm: &Cm, kind: &str, count: usize) {
    let began = Instant::now();
    loop {
        let runs = cm.json(["runs", "--json"]);
        if runs.as_array().is_some_and(|runs| !runs.is_empty()) {
            let events = cm.events("last");
            let found = events.iter().filter(|event| event["kind"] == kind).count();
            if found >= count {
                return;
            }
        }
        assert!(began.elapsed() < PATIENCE, "no {count} events `{kind}`");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_agent_that_stalls_is_warned_about_and_told_to_go_on() {
    let cm = agent("    idle-timeout: 4s\n", WAKES_UP);
    cm.flow()
        .code(0)
        .stdout("Sorry. Done.\n")
        .says("! maker has said nothing for 2s; it may be silent for 4s (`idle-timeout`)")
        .says("! maker has said nothing for 4s (`idle-timeout`): it is interrupted, and told to go on")
        .calm();
    let found = late(&cm);
    assert_eq!(found[0], ("idle".into(), 4_000, "warned".into()));
    assert_eq!(found[1], ("idle".into(), 4_000, "nudged".into()));
    assert_eq!(cm.attempts("maker"), 2);
    cm.run(["show", "last"])
        .code(0)
        .says("! maker has said nothing for 4s (`idle-timeout`): it is interrupted");
    let shown = cm.json(["show", "last", "--json"]);
    assert_eq!(shown["steps"][0]["late"][1]["key"], "idle-timeout");
}

#[test]
fn it_is_told_as_often_as_the_workflow_says_and_then_it_fails() {
    for (keys, nudges) in [("", 1), ("    nudges: 0\n", 0), ("    nudges: 2\n", 2)] {
        let cm = agent(&format!("    idle-timeout: 1s\n{keys}"), DEAD);
        cm.flow()
            .code(1)
            .says("`Scripted` said nothing for 1s, and was stopped; set `idle-timeout` at the step to allow more");
        let found = late(&cm);
        assert_eq!(then(&found, "nudged").len(), nudges, "{found:?}");
        assert_eq!(then(&found, "stopped"), ["idle"], "{found:?}");
        assert_eq!(cm.attempts("maker"), nudges as u64 + 1);
    }
}

#[test]
fn a_crash_does_not_give_it_another_nudge() {
    let cm = agent("    idle-timeout: 3s\n", DEAD);
    let mut child = started(&cm, cm.flow_command(&[]));
    until(&cm, "attempted", 2);
    end(child.id());
    child.wait().expect("a status");
    assert_eq!(then(&late(&cm), "nudged").len(), 1);
    cm.run(["resume", "last"])
        .code(1)
        .says("said nothing for 3s");
    let found = late(&cm);
    assert_eq!(then(&found, "nudged").len(), 1, "{found:?}");
    assert_eq!(then(&found, "stopped"), ["idle"], "{found:?}");
    // It went on in its conversation, and did not begin again.
    let events = cm.events("last");
    let sessions = events
        .iter()
        .filter(|event| event["event"]["type"] == "session");
    let sessions: std::collections::BTreeSet<_> = sessions
        .map(|event| event["event"]["value"].to_string())
        .collect();
    assert_eq!(sessions.len(), 1, "{sessions:?}");
}

#[test]
fn a_retry_after_silence_begins_anew_and_may_be_told_again() {
    let cm = agent(
        "    idle-timeout: 1s\n    retry: { attempts: 2, backoff: 10ms, on: [timeout] }\n",
        DEAD,
    );
    cm.flow().code(1).says("said nothing for 1s");
    let found = late(&cm);
    assert_eq!(then(&found, "nudged").len(), 2, "{found:?}");
    assert_eq!(then(&found, "stopped").len(), 2, "{found:?}");
}

#[test]
fn who_has_answered_and_does_not_leave_is_stopped_and_has_succeeded() {
    let cm = agent(
        "    exit-timeout: 1s\n",
        r#"{ "default": { "answer": "It is made.", "linger": true } }"#,
    );
    cm.flow()
        .code(0)
        .stdout("It is made.\n")
        .says("! maker gave its answer and did not leave within 1s (`exit-timeout`): it is stopped, and its answer counts")
        .calm();
    assert_eq!(
        late(&cm),
        [("after-answer".into(), 1_000, "stopped".into())]
    );
}

#[test]
fn the_whole_time_is_another_time() {
    let cm = agent("    timeout: 1s\n    idle-timeout: 1h\n", DEAD);
    cm.flow()
        .code(1)
        .says("✘ maker took longer than the 1s it may (`timeout`): it is stopped")
        .says("`Scripted` took longer than the 1s it may; set `timeout` at the step to allow more");
    assert_eq!(late(&cm), [("total".into(), 1_000, "stopped".into())]);
}

#[test]
fn commands_and_questions_have_times_too() {
    let cm = Cm::new().workflow(
        "name: Patience\nsteps:\n  - { id: quiet, run: \"echo begun; sleep 300\", idle-timeout: 1s, on-failure: continue }\n  - { id: ask, ask: What now?, timeout: 1s }\n",
    );
    cm.flow()
        .code(1)
        .says("✘ quiet has said nothing for 1s (`idle-timeout`): it is stopped")
        .says("✘ ask had no answer within 1s (`timeout`)")
        .says("nobody answered within 1s; `timeout` allows more time, and without it the question waits");
    let found = late(&cm);
    assert_eq!(then(&found, "stopped"), ["idle", "answer"], "{found:?}");
}

#[test]
fn an_agent_that_leaves_without_a_word_has_not_succeeded() {
    let cm = agent(
        "",
        r#"{ "default": { "do": [{ "say": "Done." }, { "exit": 0 }] } }"#,
    );
    cm.flow()
        .code(1)
        .says("stopped without saying that it had finished");
    let cm = agent(
        "",
        r#"{ "default": { "do": [{ "fail": { "code": "api-error", "message": "API Error: 500" } }] } }"#,
    );
    cm.flow().code(1).stdout("").says("API Error: 500");
}

#[test]
fn a_success_without_a_tool_is_pointed_out_where_something_was_to_be_made() {
    let idle = r#"{ "default": { "answer": "I have written it." } }"#;
    let cm = agent("    produces: { files: [report.md], attempts: 0 }\n", idle);
    cm.flow()
        .code(1)
        .says("there is no file `report.md`")
        .says("agent `maker` said that it was done, and has not used a single tool");
    // It was there before.
    let cm = agent("    produces: { files: [report.md] }\n", idle).file("report.md", "old");
    cm.flow()
        .code(0)
        .says("! step `maker`: agent `maker` said that it was done, and has not used a single tool; what it was to produce is there");
    cm.run(["show", "last"])
        .code(0)
        .says("! maker: `maker` says that it is done, and has not used a single tool");
    let busy = r#"{ "default": { "do": [{ "write": { "path": "report.md", "text": "new" } }], "answer": "Done." } }"#;
    let cm = agent("    produces: { files: [report.md] }\n", busy);
    let shown = cm.flow().code(0).calm().err();
    assert!(!shown.contains("a single tool"), "{shown}");
}
