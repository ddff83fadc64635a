//! What agents and commands tell the workflow, and a crash in the middle of it.

use super::*;

fn directive(json: &str) -> String {
    format!(r#"{{ "directive": {json} }}"#)
}

fn machine(workflow: &str, rules: &[String], agents: &[&str]) -> Cm {
    agents
        .iter()
        .fold(Cm::new().workflow(workflow), |cm, name| {
            cm.agent(name, &format!("You are {name}."))
        })
        .script(&script(rules))
}

/// The limit of a loop holds over crashes: rounds before them count.
#[test]
fn a_loop_counts_through_crashes() {
    let workflow = r#"
name: Loop
steps:
  - agent: builder
  - id: once
    run: echo x >> once.log
  - agent: judge
    directives: { loop: { to: builder, max: 3, skip: [once] } }
  - run: 'echo over'
    id: after
"#;
    // It is killed in each of these rounds, in the middle of the turn.
    let round = |number: u32| {
        let steps = [
            stuck(&format!("round-{number}")),
            directive(r#"{ "action": "loop", "reason": "not yet" }"#),
            say("once more"),
        ];
        let steps = steps.join(", ");
        format!(r#"{{ "agent": "judge", "occurrence": {number}, "do": [{steps}] }}"#)
    };
    let mut rules: Vec<_> = (0..4).map(round).collect();
    rules.push(rule("builder", "", &[&say("built {occurrence}")]));
    let cm = machine(workflow, &rules, &["builder", "judge"]);
    let mut run = start(&cm, &[]);
    for number in 0..4 {
        cm.wait_for(&format!("round-{number}"));
        let past = run.kill();
        run = resume(&cm);
        if number == 3 {
            let _ = run.finished().code(0).says("over");
            past.stays(&cm);
            break;
        }
    }
    assert_eq!(
        [prompts(&cm, "builder").len(), prompts(&cm, "judge").len()],
        [4, 4],
        "three rounds back and no more"
    );
    assert_eq!(cm.read("once.log"), "x\n", "it is passed over in the loop");
    let _ = word(&cm, ["show", "last"]).says("the loop is over after 3");
    assert_well(&cm);
}

#[test]
fn stop_leaves_a_loop() {
    let workflow = "name: Loop\nsteps:\n  - agent: judge\n    directives: { loop: { to: judge, max: 9 } }\n  - run: 'echo over'\n";
    let both = directive(r#"[{ "action": "loop" }, { "action": "stop", "reason": "good" }]"#);
    let rules = [
        format!(
            r#"{{ "agent": "judge", "occurrence": 0, "do": [{}, {}] }}"#,
            directive(r#"{ "action": "loop" }"#),
            say("again")
        ),
        rule("judge", "", &[&both, &say("good")]),
    ];
    let cm = machine(workflow, &rules, &["judge"]);
    let _ = cm.flow().code(0).says("over");
    assert_eq!(prompts(&cm, "judge").len(), 2);
    assert_well(&cm);
}

/// Checkpoint, pause, goto and trigger in one run, which is killed after each.
#[test]
fn each_of_them_holds_through_a_crash() {
    let workflow = r#"
name: Directed
mode: autonomous
controller: lead
steps:
  - agent: one
    interactive: false
    directives: { checkpoint: true, pause: true, trigger: [helper] }
  - id: passed
    run: touch passed
  - agent: two
    interactive: false
    directives: { goto: { to: [passed, last] } }
  - id: never
    run: touch never
  - id: last
    run: 'touch last; while ! test -e go-last; do sleep 0.02; done; echo over'
"#
    .replace("[passed, last]", "[last]");
    let given = directive(
        r#"[{ "action": "pause", "reason": "look at this" }, { "action": "checkpoint", "reason": "half way" }, { "action": "trigger", "agent": "helper", "prompt": "Help." }]"#,
    );
    let rules = [
        rule("one", "", &[&given, &say("one is done")]),
        rule("helper", "", &[&stuck("helper"), &say("helped")]),
        rule(
            "lead",
            "half way",
            &[&stuck("lead"), &say(r#"{"decision": "next"}"#)],
        ),
        rule(
            "lead",
            "",
            &[&say(r#"{"decision": "ask", "text": "why me"}"#)],
        ),
        rule(
            "two",
            "",
            &[
                &directive(r#"{ "action": "goto", "to": "last" }"#),
                &say("two is done"),
            ],
        ),
    ];
    let cm = machine(&workflow, &rules, &["one", "two", "lead", "helper"]);
    let run = start(&cm, &[]);
    cm.wait_for("helper");
    let past = run.kill();
    assert!(!past.0.is_empty(), "the turn that gave them is finished");
    let run = resume(&cm);
    // The helper first; then the controller is asked at the checkpoint.
    cm.wait_for("lead");
    past.stays(&cm);
    let past = run.kill();
    // At the pause only a person can answer.
    let _ = cm
        .run(["resume", "last"])
        .code(4)
        .says("paused: look at this");
    past.stays(&cm);
    assert_eq!(state(&cm, "one"), "asking");
    let past = Past::of(&cm);
    let _ = word(&cm, ["next", "last"]);
    let run = resume(&cm);
    cm.wait_for("last");
    past.stays(&cm);
    let past = run.kill();
    go(&cm, "last");
    let _ = word(&cm, ["resume", "last"]).says("over");
    past.stays(&cm);
    assert!(cm.project().join("passed").exists() && !cm.project().join("never").exists());
    assert_eq!(
        ["one", "helper", "two"].map(|agent| prompts(&cm, agent).len()),
        [1, 1, 1]
    );
    let asked: Vec<_> = decisions(&cm)
        .into_iter()
        .filter(|decision| !decision.ends_with("autonomous"))
        .collect();
    assert_eq!(asked, ["one next lead", "one next ada"]);
    assert_well(&cm);
}

/// Jumps back have a limit that counts through crashes too.
#[test]
fn a_jump_back_counts_through_crashes() {
    let workflow = r#"
name: Jumps
steps:
  - id: first
    run: echo x >> first.log
  - agent: judge
    directives: { goto: { to: [first], max: 2 } }
"#;
    let round = |number: u32| {
        let steps = [
            stuck(&format!("round-{number}")),
            directive(r#"{ "action": "goto", "to": "first" }"#),
            say("back"),
        ];
        format!(
            r#"{{ "agent": "judge", "occurrence": {number}, "do": [{}] }}"#,
            steps.join(", ")
        )
    };
    let rules: Vec<_> = (0..3).map(round).collect();
    let cm = machine(workflow, &rules, &["judge"]);
    let mut run = start(&cm, &[]);
    for number in 0..3 {
        cm.wait_for(&format!("round-{number}"));
        drop(run.kill());
        run = resume(&cm);
    }
    let _ = run.finished().code(1).says("max: 2").says("limit");
    assert_eq!(cm.read("first.log"), "x\nx\nx\n");
    assert_well(&cm);
}
