//! Agents that an agent starts.

use serde_json::{Value, json};

use super::{call, rule, script, state, used};
use crate::support::Cm;

/// A lead that runs these scripts, one call each, and its helpers.
fn team(scripts: &[&str], more: &[Value]) -> Cm {
    let calls: Vec<_> = scripts
        .iter()
        .map(|script| call("run_agents", json!({ "script": script })))
        .collect();
    let mut rules = vec![
        rule("lead", &calls),
        rule("one", &[]),
        rule("two", &[json!({ "say": "line 1\nline 2\nline 3" })]),
        json!({ "agent": "bad", "do": [{ "fail": { "code": "broken", "message": "it broke" } }] }),
    ];
    rules.extend(more.iter().cloned());
    Cm::new()
        .workflow("name: Team\nsteps:\n  - agent: lead\n    tools: [agents]\n    agents: [one, two, bad, meeting]\n")
        .agent("lead", "lead them")
        .agent("one", "you are one")
        .agent("two", "you are two")
        .agent("bad", "you are bad")
        .agent("meeting", "you meet")
        .agent("stranger", "you are not meant")
        .script(&script(&rules))
}

/// What `run_agents` answered, each time.
fn answers(cm: &Cm) -> Vec<(bool, String)> {
    let used = used(cm, "lead").into_iter();
    used.map(|used| (used.ok, used.said)).collect()
}

#[test]
fn scripts_that_cannot_be_run_start_nobody() {
    let cm = team(
        &[
            "nobody 'x'",
            "one 'x' & stranger 'y'",
            "one 'x' & & two",
            "one 'never closed",
            "one[input:no/such.md] 'x'",
            "one[input:../../etc/passwd] 'x'",
            "",
            "one[colour:red] 'x'",
        ],
        &[],
    );
    let _ = cm.flow().code(0).says("lead is done.");
    let answers = answers(&cm);
    assert_eq!(answers.len(), 8);
    assert!(answers.iter().all(|(ok, _)| !ok), "{answers:#?}");
    for ((_, said), parts) in answers.iter().zip([
        &[
            "may not run the agent `nobody`",
            "one, two, bad, meeting",
            "`agents:`",
        ][..],
        &["may not run the agent `stranger`", "`agents:`"],
        &["line 1, column 11", "`&`"],
        &["line 1, column 5"],
        &["no/such.md"],
        &["../../etc/passwd"],
        &["line 1, column 1"],
        &["colour"],
    ]) {
        for part in parts {
            assert!(said.contains(part), "`{part}` in {said}");
        }
    }
    let shown = cm.json(["show", "last", "--json"]);
    assert_eq!(shown["steps"].as_array().map(Vec::len), Some(1), "{shown}");
}

#[test]
fn what_helpers_say_comes_back_and_a_failure_ends_the_script() {
    let cm = team(
        &[
            "one 'first' & two[tail:2,input:notes.md] 'second'",
            "one 'a' & bad 'b' && two 'c'",
            "one 'after it'",
        ],
        &[],
    )
    .file("notes.md", "mind the gap\n");
    let _ = cm.flow().code(0).says("lead is done.");
    let answers = answers(&cm);
    assert!(answers.iter().all(|(ok, _)| *ok), "{answers:#?}");
    let told: Vec<Value> = answers
        .iter()
        .map(|(_, said)| {
            serde_json::from_str(said).unwrap_or_else(|error| panic!("{error}: {said}"))
        })
        .collect();
    assert_eq!(told[0]["ok"], true);
    assert_eq!(told[0]["agents"][0]["output"], "one is done.");
    assert_eq!(told[0]["agents"][0]["status"], "done");
    assert!(
        told[0]["agents"][0]["tokens"].as_u64() > Some(0),
        "{}",
        told[0]
    );
    assert_eq!(told[1]["ok"], false);
    let statuses: Vec<_> = told[1]["agents"]
        .as_array()
        .expect("agents")
        .iter()
        .map(|agent| agent["status"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(statuses, ["done", "failed", "not-run"]);
    assert!(
        told[1]["agents"][1]["error"]
            .to_string()
            .contains("it broke"),
        "{}",
        told[1]
    );
    assert_eq!(told[2]["ok"], true);

    let prompts: Vec<_> = cm
        .events("last")
        .iter()
        .filter(|event| event["work"]["agent"] == "two")
        .map(|event| {
            event["work"]["prompt"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    assert_eq!(
        prompts,
        ["you are two\n\n=== File: notes.md ===\nmind the gap\n\n=== Request ===\nsecond"]
    );
    assert_eq!(
        (state(&cm, "lead/one"), state(&cm, "lead")),
        ("done".into(), "done".into())
    );
    let shown = cm.json(["show", "last", "--json"]);
    let costs: f64 = shown["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["usage"]["cost_usd"].as_f64())
        .sum();
    let total = shown["usage"]["cost_usd"].as_f64().expect("a total");
    assert!((costs - total).abs() < 1e-9 && total > 0.0, "{shown}");
}

/// Each of the two waits for what the other does: one after the other they would wait
/// for ever.
#[test]
fn helpers_work_beside_each_other() {
    let wait = |mine: &str, other: &str| json!({ "run": format!("touch {mine}; n=0; until test -e {other} || test $n -gt 3000; do sleep 0.01; n=$((n+1)); done; test -e {other}") });
    let rules = [
        json!({ "agent": "meeting", "contains": "first", "do": [wait("m1", "m2"), { "say": "met" }] }),
        json!({ "agent": "meeting", "contains": "second", "do": [wait("m2", "m1"), { "say": "met" }] }),
    ];
    let cm = team(&["meeting 'first' & meeting 'second'"], &rules);
    let _ = cm.flow_with(&["--jobs", "4"]).code(0);
    let (ok, said) = answers(&cm).remove(0);
    assert!(ok && said.contains("\"ok\": true"), "{said}");
}

/// The lead keeps the one place there is; its helpers must not wait for it.
#[test]
fn one_place_is_enough() {
    let cm = team(&["one 'x' & two 'y' && one 'z'"], &[]);
    let _ = cm.flow_with(&["--jobs", "1"]).code(0).says("lead is done.");
    let (ok, said) = answers(&cm).remove(0);
    assert!(ok && said.contains("\"ok\": true"), "{said}");
}

/// A helper gets its own file's tools, but nobody to run: agents never start agents
/// that start agents.
#[test]
fn helpers_start_nobody() {
    let helper = [
        call("list_agents", json!({})),
        call("run_agents", json!({ "script": "one 'deeper'" })),
        call("write_state", json!({ "key": "by", "value": "middle" })),
        call("ask_person", json!({ "question": "May I?" })),
    ];
    let lead = rule(
        "lead",
        &[call("run_agents", json!({ "script": "middle 'go'" }))],
    );
    let cm = Cm::new()
        .workflow(
            "name: Deep\nsteps:\n  - agent: lead\n    tools: [agents]\n    agents: [middle]\n",
        )
        .agent("lead", "lead")
        .agent(
            "middle",
            "---\ntools: [state, agents]\nagents: [one]\n---\nin the middle",
        )
        .agent("one", "one")
        .script(&script(&[lead, rule("middle", &helper), rule("one", &[])]));
    let _ = cm.flow().code(0);
    let used = used(&cm, "lead/middle");
    let ok: Vec<_> = used.iter().map(|used| used.ok).collect();
    assert_eq!(ok, [false, false, true, false], "{used:#?}");
    for at in [0, 1] {
        assert!(
            used[at].said.contains("an agent that another one started"),
            "{used:#?}"
        );
    }
    assert!(used[3].said.contains("`tools: [ask]`"), "{used:#?}");
    assert_eq!(state(&cm, "lead/middle/one"), "", "nobody was started");
    assert_eq!(cm.run(["state", "last", "by"]).out(), "middle");
}
