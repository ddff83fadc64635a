//! Tracks and conditions: what takes part.

use cm_sdk::workflow::message;

use crate::host;

const TEXT: &str = "
name: x
tracks:
  question: Which language?
  options: { rust: Rust, python: Python }
conditions:
  - question: Which features?
    select: many
    options: { auth: Authentication, docs: Documentation }
steps:
  - { agent: a, tracks: [rust], prompt: 'on {selected_track} with [{selected_conditions}]' }
  - { agent: b }
  - { run: both, conditions: [auth, docs] }
  - { run: any, conditions-any: [auth, docs] }
  - id: group
    parallel:
      - { run: g1, tracks: [rust] }
      - { run: g2, tracks: [python] }
  - { id: pythons, tracks: [python], parallel: [{ run: p }] }
  - { agent: end, prompt: '[{!a.output}] [{!both.output}]' }
=== agents/b.md
---
tracks: [rust, python]
conditions: [auth]
---
B.
=== agents/end/1-docs.md
---
conditions: [docs]
---
Docs.
=== agents/end/2-rust.md
---
tracks: [rust]
name: Rust things
---
Rust.
";

#[test]
fn what_was_not_chosen_is_left_out() {
    let host = host(TEXT, &["a", "end"])
        .setting("selected_track", "rust")
        .setting("selected_conditions", "auth, extra");
    assert!(host.run().is_ok());
    assert_eq!(host.started(), ["a", "b", "any", "g1", "end", "end"]);
    assert_eq!(host.prompts("a"), ["on rust with [auth, extra]"]);
    assert_eq!(host.prompts("end"), ["[a says] []", "Rust."]);
    assert_eq!(host.marked("both"), ["skipped: not without condition docs"]);
    assert_eq!(host.marked("g2"), ["skipped: not for track rust"]);
    assert_eq!(host.marked("pythons"), ["skipped: not for track rust"]);
    // What is left out is not counted and not announced.
    assert_eq!(host.asked("b"), ["turn: next: the step `any`"]);
    assert_eq!(host.asked("end")[0], "turn: next: 2 of 2, Rust things");
}

#[test]
fn nothing_chosen() {
    let host = host(TEXT, &["a", "end"]);
    assert!(host.run().is_ok());
    assert_eq!(host.started(), ["end"]);
    assert_eq!(host.marked("a"), ["skipped: no track was chosen"]);
    assert_eq!(
        host.marked("any"),
        ["skipped: not without one of the conditions auth, docs"]
    );
    assert_eq!(
        host.marked("group"),
        ["skipped: none of its steps takes part"]
    );
}

#[test]
fn the_identity_of_steps_does_not_depend_on_the_choice() {
    let run = |track: &str| {
        let host = host(TEXT, &["a", "end"])
            .setting("selected_track", track)
            .setting("selected_conditions", "auth, docs");
        assert!(host.run().is_ok());
        (host.turns("b"), host.started())
    };
    let (rust, with_a) = run("rust");
    let (python, without_a) = run("python");
    assert_eq!(rust, python);
    assert!(with_a.contains(&"a".to_string()) && !without_a.contains(&"a".to_string()));
}

#[test]
fn the_output_of_a_step_that_was_left_out() {
    let text = "
name: x
tracks: { question: Which?, options: { rust: Rust, python: Python } }
steps:
  - { agent: a, tracks: [rust] }
  - { agent: b, prompt: '{a.output}' }
";
    let host =
        crate::support::FakeHost::new(crate::support::Package::new(text).with_agents(&["a", "b"]))
            .setting("selected_track", "python");
    let error = host.run().expect_err("there is none");
    assert_eq!(
        message(&error),
        "the step `b` failed: {a.output} has no value here: the step `a` was left out (not for \
         track python); write {!a.output} if it may be empty"
    );
}
