//! Who drives, changed from another terminal.

use super::*;

const WORKFLOW: &str = "name: Modes\nmode: manual\ncontroller: lead\nsteps:\n  - agent: one\n  - agent: two\n  - agent: three\n";

fn machine() -> Cm {
    let rules = ["one", "two", "three"]
        .map(|name| rule(name, "", &[&busy(name), &say(&format!("{name} is done"))]));
    ["one", "two", "three", "lead"]
        .iter()
        .fold(Cm::new().workflow(WORKFLOW), |cm, name| {
            cm.agent(name, &format!("You are {name}."))
        })
        .script(&script(&rules))
}

#[test]
fn while_an_agent_works() {
    let cm = machine();
    let run = start(&cm, &[]);
    cm.wait_for("one");
    let _ = word(&cm, ["mode", "last"])
        .says("manual")
        .says("lead could take over");
    let _ = word(&cm, ["mode", "last", "manual"]).says("already");
    let _ = word(&cm, ["mode", "last", "continuous"]).says("continuous");
    go(&cm, "one");
    cm.wait_for("two");
    let _ = word(&cm, ["mode", "last", "manual"]).says("manual");
    go(&cm, "two");
    let _ = run.finished().code(4).says("cm next");
    assert_eq!(
        (state(&cm, "two"), status(&cm)),
        ("asking".into(), "asking".into())
    );
    // With nobody there: the gate that was open is open no more.
    let _ = word(&cm, ["mode", "last", "continuous"]);
    let run = resume(&cm);
    cm.wait_for("three");
    let past = run.kill();
    let _ = word(&cm, ["mode", "last"]).says("continuous");
    go(&cm, "three");
    let _ = word(&cm, ["resume", "last"]).says("three is done");
    past.stays(&cm);
    assert_eq!(
        decisions(&cm),
        [
            "one next continuous",
            "two next continuous",
            "three next continuous"
        ]
    );
    assert_eq!([cm.attempts("one"), cm.attempts("three")], [1, 2]);
    assert_well(&cm);
}

#[test]
fn a_mode_that_was_chosen_survives_a_crash() {
    let cm = machine();
    let run = start(&cm, &[]);
    cm.wait_for("one");
    let _ = word(&cm, ["mode", "last", "hybrid"]);
    drop(run.kill());
    let _ = word(&cm, ["mode", "last"]).says("hybrid");
    go(&cm, "one");
    let _ = cm.run(["resume", "last"]).code(4);
    assert_eq!(state(&cm, "one"), "asking", "it is interactive");
    let _ = word(&cm, ["mode", "last", "continuous"]);
    ["two", "three"].iter().for_each(|name| go(&cm, name));
    let _ = word(&cm, ["resume", "last"]);
    assert_well(&cm);
}

const GROUP: &str = "name: Modes\nmode: manual\ncontroller: lead\nsteps:\n  - id: group\n    parallel:\n      - agent: one\n      - agent: two\n";

/// One waits at its gate while the other works, so the run goes on.
fn group(lead: &[String]) -> Cm {
    let mut rules = vec![
        rule("one", "", &[&say("one is done")]),
        rule("two", "", &[&busy("two"), &say("two is done")]),
    ];
    rules.extend(lead.iter().cloned());
    ["one", "two", "lead"]
        .iter()
        .fold(Cm::new().workflow(GROUP), |cm, name| {
            cm.agent(name, &format!("You are {name}."))
        })
        .script(&script(&rules))
}

#[test]
fn while_a_gate_is_open_and_while_the_controller_thinks() {
    let lead = rule(
        "lead",
        "",
        &[&stuck("thinking"), &say(r#"{"decision": "next"}"#)],
    );
    let cm = group(&[lead]);
    let run = start(&cm, &[]);
    cm.wait_for("two");
    wait_for_state(&cm, "one", "asking");
    let _ = word(&cm, ["mode", "last", "autonomous"]).says("autonomous");
    wait_for_state(&cm, "one", "judging");
    cm.wait_for("thinking");
    let _ = word(&cm, ["mode", "last", "manual"]);
    assert_ended(&cm, "thinking");
    wait_for_state(&cm, "one", "asking");
    assert_eq!(
        decisions(&cm),
        [] as [&str; 0],
        "what is stopped decides nothing"
    );
    let _ = word(&cm, ["mode", "last", "autonomous"]);
    assert!(eventually(PATIENCE, || decisions(&cm) == ["one next lead"]));
    go(&cm, "two");
    let _ = run.finished().code(0);
    assert_eq!(decisions(&cm), ["one next lead", "two next lead"]);
    assert_well(&cm);
}

#[test]
fn a_crash_while_the_controller_thinks() {
    let lead = rule(
        "lead",
        "",
        &[&stuck("thinking"), &say(r#"{"decision": "next"}"#)],
    );
    let cm = group(&[lead]);
    let run = start(&cm, &["--mode", "autonomous"]);
    cm.wait_for("thinking");
    cm.wait_for("two");
    let past = run.kill();
    go(&cm, "two");
    let _ = word(&cm, ["resume", "last"]);
    assert_ended(&cm, "thinking");
    past.stays(&cm);
    let mut decisions = decisions(&cm);
    decisions.sort();
    assert_eq!(decisions, ["one next lead", "two next lead"], "each once");
    assert_well(&cm);
}

/// A person need not wait for the controller.
#[test]
fn a_person_answers_while_the_controller_thinks() {
    let lead = rule(
        "lead",
        "",
        &[&stuck("thinking"), &say(r#"{"decision": "skip"}"#)],
    );
    let cm = group(&[lead]);
    let run = start(&cm, &["--mode", "autonomous"]);
    cm.wait_for("thinking");
    cm.wait_for("two");
    let _ = word(&cm, ["next", "last", "--step", "one"]).says("ada");
    assert_ended(&cm, "thinking");
    let past = run.kill();
    go(&cm, "two");
    let _ = cm.run(["resume", "last"]).code(0);
    past.stays(&cm);
    assert_eq!(decisions(&cm), ["one next ada", "two skip lead"]);
    assert_well(&cm);
}

#[test]
fn what_is_locked_stays() {
    for (lock, mode, wanted) in [
        ("never", "manual", "autonomous"),
        ("always", "autonomous", "manual"),
    ] {
        let yaml = WORKFLOW.replace("mode: manual", &format!("mode: {mode}\nautonomous: {lock}"));
        let cm = machine().workflow(&yaml);
        let run = start(&cm, &[]);
        cm.wait_for("one");
        let _ = refused(&cm, ["mode", "last", wanted]).says(lock);
        let _ = word(&cm, ["mode", "last"]).says(mode).says(lock);
        drop(run.kill());
        let _ = refused(&cm, ["mode", "last", wanted]).says(lock);
        let _ = cm.flow_with(&["--mode", wanted]).code(2).says(lock);
    }
}

#[test]
fn nobody_drives_who_is_not_there() {
    let cm = machine().workflow(&WORKFLOW.replace("controller: lead\n", ""));
    let run = start(&cm, &[]);
    cm.wait_for("one");
    let _ = refused(&cm, ["mode", "last", "autonomous"]).says("controller");
    let _ = refused(&cm, ["mode", "last", "alone"]).says("autonomous");
    let _ = cm
        .flow_with(&["--mode", "autonomous"])
        .code(2)
        .says("controller");
    drop(run);
}
