//! Past a step, back to one, on to the next.

use super::*;

fn next_to(workflow: &str, rules: &[String], agents: &[&str]) -> Cm {
    agents
        .iter()
        .fold(Cm::new().workflow(workflow), |cm, name| {
            cm.agent(name, &format!("You are {name}."))
        })
        .script(&script(rules))
}

const TWO: &str = "name: Two\nsteps:\n  - agent: one\n  - agent: two\n";

#[test]
fn a_turn_at_work_is_skipped() {
    let rules = [
        rule("one", "", &[&stuck("one"), &say("one is done")]),
        rule("two", "", &[&busy("two"), &say("two is done")]),
    ];
    let cm = next_to(TWO, &rules, &["one", "two"]).file("flow/agents/one/01-more.md", "More.");
    let run = start(&cm, &[]);
    cm.wait_for("one");
    let _ = refused(&cm, ["next", "last"]).says("by itself");
    let _ = word(&cm, ["skip", "last"]).says("skipped");
    assert_ended(&cm, "one");
    cm.wait_for("two");
    let past = run.kill();
    assert_eq!(state(&cm, "one"), "skipped");
    go(&cm, "two");
    let _ = word(&cm, ["resume", "last"]).says("two is done");
    past.stays(&cm);
    assert_eq!(
        (state(&cm, "one"), state(&cm, "two")),
        ("skipped".into(), "done".into())
    );
    assert_eq!(
        cm.attempts("one"),
        1,
        "it is not begun again, nor its chain"
    );
    assert_well(&cm);
}

/// Killed in the moment between the decision and the end of what it stops.
#[test]
fn a_crash_right_after_it_was_skipped() {
    let rules = [
        rule(
            "one",
            "",
            &[
                &say("one is slow"),
                &format!(r#"{{ "ignore": "TERM" }}, {}"#, stuck("one")),
            ],
        ),
        rule("two", "", &[&say("two is done")]),
    ];
    let cm = next_to(TWO, &rules, &["one", "two"]);
    let run = start(&cm, &[]);
    cm.wait_for("one");
    let _ = word(&cm, ["skip", "last"]);
    if let Some(child) = &run.child {
        end(child.id());
    }
    drop(run);
    let past = Past::of(&cm);
    // It is not over as long as what was skipped is still on its way out.
    let _ = word(&cm, ["resume", "last"]).says("two is done");
    past.stays(&cm);
    assert_eq!(
        (state(&cm, "one"), state(&cm, "two")),
        ("skipped".into(), "done".into())
    );
    assert_eq!(cm.attempts("one"), 1);
    assert_well(&cm);
}

#[test]
fn a_command_at_work_is_skipped() {
    let cm = Cm::new().workflow("name: Commands\nsteps:\n  - { id: slow, run: 'echo $$ > .slow; mv .slow slow; sleep 300' }\n  - { id: after, run: 'touch after; while ! test -e go-after; do sleep 0.02; done; echo over' }\n");
    let run = start(&cm, &[]);
    cm.wait_for("slow");
    let _ = word(&cm, ["skip", "last", "--step", "slow"]).says("skipped");
    assert_ended(&cm, "slow");
    cm.wait_for("after");
    let past = run.kill();
    go(&cm, "after");
    let _ = word(&cm, ["resume", "last"]).says("over");
    past.stays(&cm);
    assert_eq!(
        (state(&cm, "slow"), cm.attempts("slow")),
        ("skipped".into(), 1)
    );
    assert_well(&cm);
}

#[test]
fn an_open_gate_is_skipped() {
    let rules = [
        rule("one", "", &[&say("one is done")]),
        rule("two", "", &[&busy("two"), &say("two is done")]),
    ];
    let cm = next_to(TWO, &rules, &["one", "two"]).file("flow/agents/one/01-more.md", "More.");
    let _ = cm.flow_with(&["--mode", "manual"]).code(4);
    let _ = word(&cm, ["skip", "last"]).says("cm resume");
    let run = resume(&cm);
    cm.wait_for("two");
    let past = run.kill();
    go(&cm, "two");
    let _ = cm.run(["resume", "last"]).code(4);
    past.stays(&cm);
    assert_eq!(
        (state(&cm, "one"), state(&cm, "two")),
        ("skipped".into(), "asking".into())
    );
    assert_eq!(prompts(&cm, "one").len(), 1);
    assert_well(&cm);
}

#[test]
fn one_of_a_group_is_skipped() {
    let rules = [
        rule("one", "", &[&stuck("one"), &say("one is done")]),
        rule("two", "", &[&busy("two"), &say("two is done")]),
    ];
    let workflow = "name: Group\nsteps:\n  - id: both\n    parallel:\n      - agent: one\n      - agent: two\n  - run: 'echo over'\n    id: after\n";
    let cm = next_to(workflow, &rules, &["one", "two"]);
    let run = start(&cm, &[]);
    cm.wait_for("one");
    cm.wait_for("two");
    let _ = refused(&cm, ["skip", "last"]).says("one, two");
    let _ = word(&cm, ["skip", "last", "--step", "one"]).says("one");
    assert_ended(&cm, "one");
    wait_for_state(&cm, "one", "skipped");
    let past = run.kill();
    go(&cm, "two");
    let _ = word(&cm, ["resume", "last"]).says("over");
    past.stays(&cm);
    let states = ["one", "two", "both"].map(|step| state(&cm, step));
    assert_eq!(states, ["skipped", "done", "done"]);
    assert_eq!(cm.attempts("one"), 1);
    assert_well(&cm);
}

#[test]
fn back_while_a_turn_runs_and_from_a_gate() {
    let rules = [
        rule("one", "", &[&say("one: {occurrence}")]),
        rule("two", "", &[&stuck("two"), &say("two: {occurrence}")]),
    ];
    let cm = next_to(TWO, &rules, &["one", "two"]);
    let run = start(&cm, &[]);
    cm.wait_for("two");
    let _ = refused(&cm, ["back", "last", "nowhere"])
        .says("no step `nowhere`")
        .says("one, two");
    let _ = word(&cm, ["back", "last", "one"]).says("back to one");
    assert_ended(&cm, "two");
    let _ = run.finished().code(0);
    let turns = |cm: &Cm| [prompts(cm, "one").len(), prompts(cm, "two").len()];
    assert_eq!(turns(&cm), [2, 2]);

    // At a gate, of a run that nobody drives; then a crash on the way.
    let cm = next_to(TWO, &rules, &["one", "two"]).file("two", "0");
    let _ = cm.flow_with(&["--mode", "manual"]).code(4);
    let _ = word(&cm, ["next", "last"]);
    let _ = cm.run(["resume", "last"]).code(4);
    assert_eq!(state(&cm, "two"), "asking");
    let _ = refused(&cm, ["back", "last", "nowhere"]).says("no step `nowhere`");
    let _ = word(&cm, ["back", "last", "one"]);
    let past = Past::of(&cm);
    let _ = cm.run(["resume", "last"]).code(4);
    assert_eq!(state(&cm, "one"), "asking");
    past.stays(&cm);
    let _ = word(&cm, ["next", "last"]);
    let _ = cm.run(["resume", "last"]).code(4);
    let _ = word(&cm, ["next", "last"]);
    let _ = word(&cm, ["resume", "last"]);
    past.stays(&cm);
    assert_eq!(turns(&cm), [2, 2]);
    assert_well(&cm);
}

/// To go on is no way back: the gate opens again, and says why.
#[test]
fn back_to_what_comes_later() {
    let rules = [
        rule("one", "", &[&say("one is done")]),
        rule("two", "", &[&say("two is done")]),
    ];
    let cm = next_to(TWO, &rules, &["one", "two"]);
    let _ = cm.flow_with(&["--mode", "manual"]).code(4);
    let back = cm.run(["back", "last", "two"]);
    let resumed = cm.run(["resume", "last"]).code(4);
    assert_eq!(state(&cm, "one"), "asking", "{back} {resumed}");
    let said = format!("{back}{resumed}");
    assert!(
        said.contains("two") && said.contains("lies ahead"),
        "{said}"
    );
    let _ = word(&cm, ["next", "last"]);
    let _ = cm.run(["resume", "last"]).code(4);
    assert_eq!(prompts(&cm, "one").len(), 1);
    assert_well(&cm);
}

#[test]
fn on_where_nothing_waits() {
    let rules = [
        rule("one", "", &[&say("one is done")]),
        rule("two", "", &[&stuck("two")]),
    ];
    let cm = next_to(TWO, &rules, &["one", "two"]);
    let run = start(&cm, &[]);
    cm.wait_for("two");
    let _ = refused(&cm, ["next", "last"]).says("by itself");
    let _ = refused(&cm, ["next", "last", "--step", "one"]).says("not at work");
    let _ = refused(&cm, ["approve", "last", "--yes"]).says("nothing approved");
    let _ = refused(&cm, ["reject", "last", "no"]).says("nothing to approve");
    drop(run.kill());
    let _ = refused(&cm, ["next", "last"]).says("cm resume");
    let _ = refused(&cm, ["skip", "last"]).says("cm resume");
}
