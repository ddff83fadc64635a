//! The packages in `examples/`, one for each way of driving a run, played on the engine
//! `scripted` as a person would play them: from other terminals, since there is none here.

use std::process::{Child, Stdio};

use serde_json::Value;

mod parallel;
mod patient;

use crate::{
    durability::living::eventually,
    support::{Cm, PATIENCE, house},
};

/// A project with this example in `flow/`.
fn example(name: &str) -> Cm {
    let from = house().join("examples").join(name);
    let cm = Cm::new();
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(&from)
        .arg(cm.project().join("flow"))
        .status();
    assert!(copied.is_ok_and(|status| status.success()), "{name} copies");
    let script = from.join("tests/script.json");
    cm.file(
        "script.json",
        std::fs::read_to_string(script).expect("its script"),
    )
}

/// `cm show last --json`.
fn shown(cm: &Cm) -> Value {
    cm.json(["show", "last", "--json"])
}

/// The states of its steps, by their ids.
fn states(cm: &Cm) -> Vec<(String, String)> {
    let shown = shown(cm);
    let steps = shown["steps"].as_array().expect("steps").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    steps
        .map(|step| (text(&step["id"]), text(&step["state"])))
        .filter(|(id, _)| !id.starts_with("separator"))
        .collect()
}

fn state(cm: &Cm, step: &str) -> String {
    let found = states(cm).into_iter().find(|(id, _)| id == step);
    found.map(|(_, state)| state).unwrap_or_default()
}

/// Who decided what, in order: `word by`.
fn decisions(cm: &Cm) -> Vec<String> {
    let events = cm.events("last");
    let decided = events.iter().filter_map(|event| {
        let word = event["result"]["ok"]["decision"]["decision"].as_str()?;
        Some(format!("{word} {}", event["by"].as_str().unwrap_or("?")))
    });
    decided.collect()
}

/// Starts the run and lets it be answered from elsewhere.
fn start(cm: &Cm, more: &[&str]) -> Child {
    cm.flow_command(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cm starts")
}

/// Runs until somebody must answer: exit code 4.
fn until_asked(cm: &Cm, more: &[&str]) {
    let _ = cm.flow_with(more).code(4);
}

/// Goes on until somebody must answer again.
fn resume_until_asked(cm: &Cm) {
    let _ = cm.run(["resume", "last"]).code(4);
}

#[test]
fn manual_every_agent_waits_for_the_person() {
    let cm = example("manual-pairing");
    until_asked(&cm, &[]);
    assert_eq!(state(&cm, "navigator"), "asking");
    // Something to say does not use up the chain.
    let _ = cm.run(["reply", "last", "look at the cache first"]).code(0);
    resume_until_asked(&cm);
    for _ in 0..2 {
        let _ = cm.run(["next", "last"]).code(0);
        resume_until_asked(&cm);
    }
    assert_eq!(state(&cm, "navigator"), "asking", "the chain's last prompt");
    let _ = cm.run(["next", "last"]).code(0);
    resume_until_asked(&cm);
    assert_eq!(
        state(&cm, "driver"),
        "asking",
        "although it is not interactive"
    );
    let _ = cm.run(["next", "last"]).code(0);
    let _ = cm.run(["resume", "last"]).code(0).says("Added hello.txt.");
    assert_eq!(cm.read("hello.txt"), "hello\n");
    assert_eq!(
        decisions(&cm),
        ["reply ada", "next ada", "next ada", "next ada", "next ada"]
    );
    assert_eq!(cm.attempts("navigator"), 4, "three prompts and a remark");
}

#[test]
fn continuous_nobody_is_asked_and_a_directive_loops() {
    let cm = example("continuous-upkeep").file("check.sh", "grep -q new README\n");
    let _ = cm.flow().code(0).says("README is new.");
    assert_eq!(cm.read("README"), "new and short\n");
    assert_eq!(cm.attempts("mender"), 3, "the checks once, the judge once");
    let by: Vec<_> = decisions(&cm);
    assert!(by.iter().all(|by| by == "next continuous"), "{by:?}");
    // Its author says that it always drives itself.
    let _ = cm
        .flow_with(&["--mode", "manual"])
        .code(2)
        .says("autonomous: always");
}

#[test]
fn hybrid_some_agents_wait_and_a_gate_is_approved() {
    let cm = example("hybrid-feature").file("check.sh", "test -f greet.sh\n");
    let _ = cm.flow().code(2).says("specification");
    assert!(
        cm.project()
            .join(".codemachine/inputs/specification.md")
            .exists()
    );
    let _ = cm.flow().code(2).says("specification.md");
    cm.write("spec.md", "A greeting by name.\n");
    until_asked(&cm, &["--spec", "spec.md"]);
    let _ = cm.run(["reply", "last", "yes, by name"]).code(0);
    resume_until_asked(&cm);
    let _ = cm.run(["next", "last"]).code(0);
    resume_until_asked(&cm);
    assert_eq!(state(&cm, "gate"), "asking");
    assert_eq!(state(&cm, "build"), "done");
    // Free text is no yes.
    let _ = cm.run(["reply", "last", "yes"]).code(2).says("approve");
    let _ = cm.run(["revise", "last", "greet whoever is named"]).code(0);
    resume_until_asked(&cm);
    assert_eq!(cm.read("greet.sh"), "echo \"hello $1\"\n");
    let _ = cm.run(["approve", "last", "--yes"]).code(0);
    let _ = cm
        .run(["resume", "last"])
        .code(0)
        .says("A greeting was built.");
    let events = cm.events("last");
    let approved = events
        .iter()
        .find(|event| event["result"]["ok"]["decision"]["decision"] == "approve")
        .expect("somebody approved");
    assert_eq!(approved["by"], "ada");
    assert!(
        approved["shown"]
            .as_str()
            .is_some_and(|shown| shown.starts_with("sha256:")),
        "what was shown is on record"
    );
    assert!(approved["at_ms"].as_u64() > Some(0) || approved["at"].is_string());
}

#[test]
fn autonomous_a_controller_agent_answers() {
    let cm = example("autonomous-fix").file("check.sh", "test -f fixed.txt\n");
    let _ = cm
        .flow_with(&["--brief", "Keep it small."])
        .code(0)
        .says("is done");
    assert_eq!(cm.read("fixed.txt"), "least\n");
    assert_eq!(
        decisions(&cm)
            .iter()
            .map(|by| by.split(' ').next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>(),
        ["reply", "next", "approve"]
    );
    let prompts: Vec<_> = cm
        .events("last")
        .iter()
        .filter_map(|event| Some(event["work"]["prompt"].as_str()?.to_owned()))
        .collect();
    assert!(
        prompts
            .iter()
            .any(|prompt| prompt.starts_with("CONTROLLER: ")),
        "the agent sees who speaks: {prompts:?}"
    );
}

#[test]
fn autonomous_a_written_policy_answers() {
    let cm = example("autonomous-fix").file("check.sh", "test -f fixed.txt\n");
    let run = [
        "run",
        "./flow/workflows/policy.yaml",
        "--engine",
        "scripted",
        "--script",
        "script.json",
    ];
    let _ = cm.run(run).code(0).says("is done");
    assert_eq!(cm.read("fixed.txt"), "least\n");
    let by = decisions(&cm);
    assert!(
        by.iter()
            .any(|by| by.starts_with("approve") && by.contains("policy")),
        "{by:?}"
    );
}

#[test]
fn tracks_and_nested_conditions_choose_what_runs() {
    let cm = example("tracks-starter");
    let missing = cm.flow().code(2);
    let _ = missing.says("Which language?").says("--track").says("rust");
    let _ = cm
        .flow_with(&["--track", "cobol"])
        .code(2)
        .says("cobol")
        .says("python");
    let _ = cm
        .flow_with(&["--track", "python", "--condition", "mimalloc"])
        .code(2)
        .says("mimalloc");
    let _ = cm
        .flow_with(&["--track", "rust", "--condition", "auth"])
        .code(2)
        .says("Which kind?")
        .says("jwt");
    let _ = cm
        .flow_with(&[
            "--track",
            "rust",
            "--condition",
            "auth,jwt,ed25519",
            "--condition",
            "system",
            "--project-name",
            "Lighthouse",
        ])
        .code(0)
        .says("For the features auth, jwt, ed25519, system");
    let ran: Vec<_> = states(&cm)
        .into_iter()
        .filter(|(_, state)| state == "done")
        .map(|(id, _)| id)
        .collect();
    assert_eq!(ran, ["rustacean", "guard", "keysmith", "closer"]);
    let events = cm.events("last");
    let prompt = |agent: &str| {
        let found = events.iter().find(|event| event["work"]["agent"] == agent);
        found
            .and_then(|event| event["work"]["prompt"].as_str())
            .unwrap_or_default()
    };
    assert!(prompt("rustacean").contains("named Lighthouse"));
    assert!(prompt("guard").contains("to the rust project"));
}

#[test]
fn a_team_shares_state_and_artifacts_through_the_hosts_tools() {
    let cm = example("team-of-agents");
    let _ = cm.flow().code(0).says("It is good.");
    assert_eq!(cm.read("out.txt"), "built\n");
    let state = cm.run(["state", "last", "board"]).code(0);
    assert_eq!(state.out(), "{\"done\": [\"out.txt\"]}");
    let _ = cm.run(["artifacts", "last"]).code(0).says("lead/result.md");
    let shown = shown(&cm);
    let steps = shown["steps"].as_array().expect("steps");
    for helper in ["scout", "builder"] {
        let found = steps
            .iter()
            .find(|step| step["id"] == format!("lead/{helper}"))
            .unwrap_or_else(|| panic!("{helper} is in the tree: {steps:?}"));
        assert_eq!(found["parent"], "lead");
        assert_eq!(found["state"], "done");
        assert!(
            found["usage"]["output"].as_u64() > Some(0),
            "its cost is counted"
        );
    }
}

/// The same run, killed and resumed in the middle of it.
#[test]
fn a_team_goes_on_after_a_kill_without_paying_twice() {
    let cm = example("team-of-agents");
    let script = cm.read("script.json").replace(
        "\"say\": \"The team has done it.\"",
        "\"run\": \"touch waiting; test -e again || { touch again; sleep 300; }\" }, { \"say\": \"The team has done it.\"",
    );
    cm.write("script.json", script);
    let mut child = start(&cm, &[]);
    cm.wait_for("again");
    assert!(
        eventually(PATIENCE, || cm
            .run(["artifacts", "last"])
            .out()
            .contains("result.md")),
        "what a tool was told is on disk before it is answered"
    );
    crate::support::end(child.id());
    let _ = child.wait();
    let _ = cm.run(["resume", "last"]).code(0).says("It is good.");
    let shown = shown(&cm);
    let steps = shown["steps"].as_array().expect("steps");
    for helper in ["scout", "builder"] {
        let found = steps
            .iter()
            .find(|step| step["id"] == format!("lead/{helper}"));
        assert_eq!(
            found.expect("it is there")["attempts"],
            1,
            "{helper} is paid for once"
        );
    }
}
