//! What a run may use: budgets, classes, limits of usage, and what is said before anything
//! is spent.

use std::time::{Duration, Instant};

use serde_json::Value;
use snapbox::str;

use crate::support::{Cm, PATIENCE, end};

/// Three agents, one after the other, each of which uses 1,000 tokens and a cent.
fn three(head: &str) -> Cm {
    Cm::new()
        .workflow(&format!(
            "name: Three\n{head}steps:\n  - agent: one\n  - agent: two\n  - agent: three\n"
        ))
        .agent("one", "Begin.")
        .agent("two", "Go on.")
        .agent("three", "End.")
        .script(
            r#"{ "default": { "answer": "Done.",
                "usage": { "input": 900, "output": 100, "cost-usd": 0.01 } } }"#,
        )
}

fn kinds(cm: &Cm, kind: &str) -> usize {
    let events = cm.events("last");
    events.iter().filter(|event| event["kind"] == kind).count()
}

fn status(cm: &Cm) -> Value {
    cm.json(["show", "last", "--json"])
}

/// Waits until the run is in this state.
fn until(cm: &Cm, wanted: &str) -> Value {
    let began = Instant::now();
    loop {
        let shown = status(cm);
        if shown["status"] == wanted {
            return shown;
        }
        assert!(began.elapsed() < PATIENCE, "it is not {wanted}: {shown}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_budget_pauses_the_run_and_a_raise_brings_it_on() {
    let cm = three("");
    cm.flow_with(&["--budget", "2500tok"])
        .code(4)
        .says("80 % of the budget is used: 2000 of 2500 tokens are used")
        .says("paused, because its budget does not allow more: 2000 of 2500 tokens are used, and the next turn may take 1000")
        .says("--budget +3ktok")
        .calm();
    cm.run(["show", "last"])
        .code(0)
        .says("budget: 2.0k of 2.5k tokens");
    // Without more it only stops again, and does nothing twice.
    let _ = cm
        .run(["resume", "last"])
        .code(4)
        .says("2000 of 2500 tokens");
    let _ = cm
        .run(["resume", "last", "--budget", "+5usd"])
        .code(2)
        .says("that has no limit in this run; limited are: 2500 tokens");
    let _ = cm
        .run(["resume", "last", "--budget", "+1ktok"])
        .code(0)
        .calm();
    let shown = status(&cm);
    assert_eq!(shown["status"], "done");
    assert_eq!(shown["budget"]["tokens"], 3500.0);
    for step in ["one", "two", "three"] {
        assert_eq!(cm.attempts(step), 1, "{step}");
    }
    assert_eq!(kinds(&cm, "raised"), 1);
}

#[test]
fn a_budget_of_the_workflow_holds_and_money_counts() {
    let cm = three("budget: { usd: 0.02, warn: 50 }\n");
    cm.flow()
        .code(4)
        .says("50 % of the budget is used: $0.0100 of $0.0200 are used");
    let _ = cm.run(["resume", "last", "--budget", "+$1"]).code(0);
    // What is typed takes its place.
    let cm = three("budget: { usd: 0.02 }\n");
    let _ = cm.flow_with(&["--budget", "1usd"]).code(0);
}

#[test]
fn a_run_is_raised_from_another_terminal() {
    let cm = three("").script(
        r#"{ "default": { "do": [{ "run": "touch $PPID.seen begun; while ! [ -e go ]; do sleep 0.02; done" }],
            "answer": "Done.", "usage": { "input": 1000, "output": 0 } } }"#,
    );
    let child = cm.started(&["--budget", "1ktok"], "begun");
    cm.run(["resume", "last", "--budget", "+9ktok"])
        .code(0)
        .says("the budget is 10.0k tokens from here on, by ada");
    cm.write("go", "");
    let _ = cm.finished(child).code(0).says_not("paused");
}

#[test]
fn what_is_no_budget_is_refused() {
    let cm = three("");
    for budget in ["5", "0usd", "5eur", "-1usd"] {
        let argument = format!("--budget={budget}");
        let _ = cm
            .flow_with(&[&argument])
            .code(2)
            .says("is no budget")
            .says("5usd, 200ktok");
    }
    assert!(!cm.project().join(".codemachine").exists(), "nothing began");
}

#[test]
fn a_plan_shows_what_a_run_comes_to_and_starts_nothing() {
    let cm = three("budget: { tokens: 100k }\nclasses: { agents: 2 }\n");
    cm.flow_with(&["--plan"])
        .code(0)
        .stderr("")
        .stdout(str![[r#"
Three

STEP  KIND  ENGINE  AGENTS  AFTER
one  agent  1
two  agent  1
three  agent  1

agents:   3 turns, when every step is done once
at once:  16 programs, of these agents 2
budget:   100.0k tokens
estimate: 150.0k tokens, 50.0k for each turn as long as none was seen
note:     the estimate is above the budget; the run would pause and ask when it is used up

Nothing was started.

"#]]);
    assert!(
        !cm.project().join(".codemachine").exists(),
        "nothing is there"
    );
    let plan = cm.json(["run", "./flow", "--plan", "--json", "--budget", "5usd"]);
    assert_eq!(plan["turns"], 3);
    assert_eq!(plan["budget"]["usd"], 5.0);
    assert_eq!(plan["budget"]["tokens"], 100_000.0);
}

#[test]
fn a_limit_of_usage_is_waited_for_also_over_a_crash() {
    let cm = Cm::new()
        .workflow(
            "name: Wait\nsteps:\n  - agent: one\n  - parallel:\n      - agent: two\n      - agent: three\n",
        )
        .agent("one", "Begin.")
        .agent("two", "Go on.")
        .agent("three", "End.")
        .script(
            r#"{ "rules": [
                { "agent": "one", "do": [{ "say": "Begun." }] },
                { "do": [
                    { "run": "echo x >> tries" },
                    { "limit": { "message": "5-hour limit", "retry-after-ms": 5000, "unless": "over" } },
                    { "say": "Done." } ] } ] }"#,
        );
    let mut child = cm.started(&[], "tries");
    let shown = until(&cm, "waiting");
    assert_eq!(shown["waiting"]["why"], "5-hour limit");
    let until_ms = shown["waiting"]["until_ms"].as_u64().expect("a moment");
    cm.run(["show", "last"]).code(0).says("5-hour limit");
    end(child.id());
    child.wait().expect("it is gone");
    cm.write("over", "");
    cm.run(["resume", "last"]).code(0).calm();
    assert!(cm.read("tries").lines().count() >= 3, "both went on");
    assert_eq!(cm.attempts("one"), 1);
    let events = cm.events("last");
    let resumed = events.iter().position(|event| event["kind"] == "resumed");
    let later = &events[resumed.expect("it was resumed")..];
    let early = later.iter().filter(|event| {
        let at = event["at_ms"].as_u64().unwrap_or_default();
        event["kind"] == "attempted" && at < until_ms
    });
    assert_eq!(early.count(), 0, "nothing goes out before the moment");
}

#[test]
fn classes_have_places() {
    let cm = Cm::new()
        .workflow(
            "name: Places\nclasses: { agents: 1 }\nsteps:\n  - parallel:\n      - agent: one\n      - agent: two\n      - agent: three\n",
        )
        .agent("one", "Go.")
        .agent("two", "Go.")
        .agent("three", "Go.")
        .script(
            r#"{ "default": { "do": [
                { "run": "mkdir alone && sleep 0.1 && rmdir alone || touch crowded" }, { "say": "Done." } ] } }"#,
        );
    let _ = cm.flow().code(0);
    assert!(!cm.project().join("crowded").exists(), "two at once");
}
