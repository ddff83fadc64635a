//! Words for an agent that nobody asked for.

use super::*;

/// An agent with two chained prompts, whose first turn is as this.
fn machine(first: &[&str]) -> Cm {
    let rules = [
        rule(
            "worker",
            "go on with it",
            &[&say("went on: {prompt} in {session}")],
        ),
        rule(
            "worker",
            "USER (ada)",
            &[&stuck("told"), &say("heard: {prompt} in {session}")],
        ),
        rule("worker", "Chain", &[&say("chained {first-line}")]),
        rule("worker", "", first),
    ];
    Cm::new()
        .workflow("name: Steered\nsteps: [{ agent: worker }, { run: 'echo over' }]\n")
        .agent("worker", "Work.")
        .file("flow/agents/worker/01-one.md", "Chain one.")
        .file("flow/agents/worker/02-two.md", "Chain two.")
        .script(&script(&rules))
}

const ALL: [&str; 4] = ["Work.", "USER (ada): look left", "Chain one.", "Chain two."];

#[test]
fn they_are_heard_after_the_turn() {
    let cm = machine(&[&busy("first"), &say("first")]);
    let run = start(&cm, &[]);
    cm.wait_for("first");
    let _ = word(&cm, ["reply", "last", "look left"]).says("look left");
    go(&cm, "first");
    cm.wait_for("told");
    // In the middle of the turn in which they are heard.
    let past = run.kill();
    let _ = word(&cm, ["resume", "last"]).says("over");
    past.stays(&cm);
    assert_eq!(prompts(&cm, "worker"), ALL, "the chain is not used up");
    assert_eq!(
        decisions(&cm),
        [
            "worker reply ada",
            "worker next continuous",
            "worker next continuous",
            "worker next continuous"
        ]
    );
    assert_well(&cm);
}

#[test]
fn a_crash_before_they_are_heard() {
    let cm = machine(&[&busy("first"), &say("first")]);
    let run = start(&cm, &[]);
    cm.wait_for("first");
    let _ = word(&cm, ["reply", "last", "look left"]);
    drop(run.kill());
    std::fs::write(cm.project().join("told"), "").expect("a file");
    go(&cm, "first");
    let _ = word(&cm, ["resume", "last"]).says("over");
    assert_eq!(prompts(&cm, "worker"), ALL);
    // Nobody drives it: the words are for when it goes on.
    assert_eq!(decisions(&cm).len(), 4);
    assert_well(&cm);
}

#[test]
fn words_to_a_run_that_nobody_drives() {
    let cm = machine(&[&busy("first"), &say("first")]);
    let run = start(&cm, &[]);
    cm.wait_for("first");
    drop(run.kill());
    let _ = word(&cm, ["reply", "last", "look left"]).says("cm resume");
    std::fs::write(cm.project().join("told"), "").expect("a file");
    go(&cm, "first");
    let _ = word(&cm, ["resume", "last"]);
    assert_eq!(prompts(&cm, "worker"), ALL);
    assert_well(&cm);
}

#[test]
fn now_stops_the_turn_which_goes_on_in_its_conversation() {
    let first = [say("I am in {session}"), stuck("first"), say("first")];
    let cm = machine(&[&first[0], &first[1], &first[2]]);
    let run = start(&cm, &[]);
    cm.wait_for("first");
    let _ = word(&cm, ["reply", "last", "look left", "--now"]).says("look left");
    assert_ended(&cm, "first");
    cm.wait_for("told");
    // The second half of the turn is cut off too; what was said is not forgotten.
    drop(run.kill());
    let _ = word(&cm, ["resume", "last"]).says("over");
    assert_ended(&cm, "told");
    assert_eq!(
        prompts(&cm, "worker"),
        ["Work.", "Chain one.", "Chain two."]
    );
    let texts = texts(&cm, "worker");
    let session = texts[0].strip_prefix("I am in ").expect("a session");
    let heard = texts
        .iter()
        .find(|text| text.starts_with("heard: "))
        .expect("it was heard");
    assert!(heard.contains("USER (ada): look left"), "{heard}");
    assert!(heard.ends_with(session), "{heard}: {session}");
    assert_eq!(decisions(&cm), vec!["worker next continuous"; 3]);
    assert_well(&cm);
}

#[test]
fn nobody_hears_where_nobody_is() {
    let cm = Cm::new().workflow(
        "name: Alone\nsteps: [{ id: wait, run: 'touch here; while ! test -e go; do sleep 0.02; done' }]\n",
    );
    let run = start(&cm, &[]);
    cm.wait_for("here");
    let _ = refused(&cm, ["reply", "last", "hello"]).says("no agent");
    let _ = refused(&cm, ["reply", "last", "hello", "--step", "wat"]).says("wat");
    cm.write("go", "");
    let _ = run.finished().code(0);
    let _ = refused(&cm, ["reply", "last", "hello"]).says("over");
}
