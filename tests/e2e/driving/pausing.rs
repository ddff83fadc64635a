//! A run that stands still, and goes on.

use super::*;

const WORKFLOW: &str = "name: Paused\nsteps:\n  - agent: one\n  - agent: two\n";

fn machine(first: &[&str]) -> Cm {
    let rules = [
        rule("two", "", &[&say("two is done")]),
        rule("one", "You are one.", first),
        rule("one", "", &[&say("went on: {prompt} in {session}")]),
    ];
    Cm::new()
        .workflow(WORKFLOW)
        .agent("one", "You are one.")
        .agent("two", "You are two.")
        .script(&script(&rules))
}

#[test]
fn what_is_at_work_ends_and_nothing_follows() {
    let cm = machine(&[&busy("one"), &say("one is done")]);
    let run = start(&cm, &[]);
    cm.wait_for("one");
    let _ = word(&cm, ["pause", "last", "--reason", "lunch"])
        .says("lunch")
        .says("cm resume");
    go(&cm, "one");
    let _ = run.finished().code(4).says("is paused");
    assert_eq!(status(&cm), "paused");
    let _ = word(&cm, ["show", "last"])
        .says("paused by ada")
        .says("lunch");
    assert_eq!(cm.attempts("two"), 0);
    let past = Past::of(&cm);
    let _ = word(&cm, ["resume", "last"]).says("two is done");
    past.stays(&cm);
    assert_eq!(prompts(&cm, "one").len(), 1);
    assert_well(&cm);
}

#[test]
fn it_goes_on_where_it_is_driven() {
    let cm = machine(&[&busy("one"), &say("one is done")]);
    let run = start(&cm, &[]);
    cm.wait_for("one");
    let _ = word(&cm, ["pause", "last"]);
    let _ = word(&cm, ["pause", "last"]).says("already");
    let _ = word(&cm, ["resume", "last"]).says("goes on, by ada");
    go(&cm, "one");
    let _ = run.finished().code(0).says("two is done");
    assert_eq!(prompts(&cm, "one").len(), 1);
    assert_well(&cm);
}

#[test]
fn at_once_and_on_in_the_conversation() {
    let first = [say("I am in {session}"), stuck("one"), say("one is done")];
    let cm = machine(&[&first[0], &first[1], &first[2]]);
    let run = start(&cm, &[]);
    cm.wait_for("one");
    let _ = word(&cm, ["pause", "last", "--now"]).says("paused by ada");
    assert_ended(&cm, "one");
    let _ = run.finished().code(4).says("is paused");
    assert_eq!(status(&cm), "paused");
    let _ = word(&cm, ["resume", "last"]).says("two is done");
    let texts = texts(&cm, "one");
    let session = texts[0].strip_prefix("I am in ").expect("a session");
    let last = texts.last().expect("words");
    assert!(
        last.starts_with("went on: ") && last.ends_with(session),
        "{texts:?}"
    );
    assert_eq!(prompts(&cm, "one"), ["You are one."]);
    assert_well(&cm);
}

#[test]
fn a_crash_while_it_is_paused() {
    for now in [false, true] {
        let first = [
            say("I am in {session}"),
            r#"{ "ignore": "TERM" }"#.into(),
            stuck("one"),
            say("one is done"),
        ];
        let first: Vec<_> = first.iter().map(String::as_str).collect();
        let cm = machine(&first);
        let run = start(&cm, &[]);
        cm.wait_for("one");
        let _ = match now {
            true => word(&cm, ["pause", "last", "--now"]),
            false => word(&cm, ["pause", "last"]),
        };
        drop(run.kill());
        let _ = word(&cm, ["show", "last"]).says("paused by ada");
        let _ = word(&cm, ["resume", "last"]).says("two is done");
        assert_ended(&cm, "one");
        assert_eq!(prompts(&cm, "one").len(), 1);
        assert_well(&cm);
    }
}

/// While it is paused a gate can be answered; nothing comes of it until it goes on.
#[test]
fn a_gate_is_answered_in_a_pause() {
    let cm = machine(&[&busy("one"), &say("one is done")]);
    let run = start(&cm, &["--mode", "manual"]);
    cm.wait_for("one");
    let _ = word(&cm, ["pause", "last"]);
    go(&cm, "one");
    let _ = run.finished().code(4);
    let _ = word(&cm, ["next", "last"]);
    assert_eq!(cm.attempts("two"), 0);
    let _ = cm.run(["resume", "last"]).code(4);
    assert_eq!(
        (state(&cm, "one"), state(&cm, "two")),
        ("done".into(), "asking".into())
    );
    let _ = refused(&cm, ["pause", "last"]).says("cm resume");
    assert_well(&cm);
}
