//! What is chosen before a run: tracks, conditions, the specification, the name.

use super::{flow, prompts, state, states, words};
use crate::support::Cm;

const FLOW: &str = "name: Choices
tracks: { question: Which?, options: { rust: Rust, python: Python } }
conditions:
  - { question: What?, select: many, options: { docs: Docs, auth: Auth } }
steps:
  - { id: one, run: echo one >> did }
  - { id: rusty, run: echo rusty >> did, tracks: rust }
  - { id: both, run: echo both >> did, conditions: [docs, auth] }
  - { id: any, run: echo any >> did, conditions-any: [docs, auth] }
  - { id: last, run: 'echo \"{selected_track}/{selected_conditions}/{!rusty.output}\"' }
";

#[test]
fn steps_take_part_or_are_skipped() {
    let cm = flow(FLOW, &[]);
    let _ = cm
        .flow_with(&["--track", "python", "-c", "docs"])
        .code(0)
        .stdout("python/docs/\n");
    assert_eq!(cm.read("did"), "one\nany\n");
    let _ = cm
        .run(["show", "last"])
        .code(0)
        .says("not for track python")
        .says("not without condition auth");
    let _ = cm
        .flow_with(&["--track", "rust"])
        .code(0)
        .stdout("rust//\n");
}

#[test]
fn errors_list_what_is_possible() {
    let cm = flow(FLOW, &[]);
    for (arguments, parts) in [
        (vec![], ["Which?", "--track"]),
        (vec!["--track", "cobol"], ["`cobol`", "python"]),
        (vec!["--track", "rust", "-c", "docks"], ["`docks`", "auth"]),
    ] {
        let said = words(&cm.flow_with(&arguments).code(2));
        for part in parts {
            assert!(said.contains(part), "`{part}` is not in: {said}");
        }
    }
    assert!(!cm.project().join(".codemachine/journal.db").exists());
    let none = flow("name: None\nsteps: [{ run: 'true' }]\n", &[]);
    let _ = none.flow_with(&["--track", "rust"]).code(2).says("track");
    let _ = none.flow_with(&["-c", "docs"]).code(2).says("condition");
}

/// A placeholder of a step that was left out says so.
#[test]
fn what_a_step_that_is_left_out_would_have_given() {
    let text = FLOW.replace("{!rusty.output}", "{rusty.output}");
    let cm = flow(&text, &[]);
    let _ = cm.flow_with(&["--track", "rust"]).code(0);
    let said = words(&cm.flow_with(&["--track", "python"]).code(1));
    assert!(
        said.contains("{rusty.output} has no value here: the step `rusty` was left out"),
        "{said}"
    );
    assert!(said.contains("{!rusty.output}"), "{said}");
}

#[test]
fn a_resumed_run_keeps_its_choices() {
    let text = FLOW.replace(
        "run: echo one >> did",
        "run: 'echo one >> did; test -e mended'",
    );
    let cm = flow(&text, &[]);
    let _ = cm.flow_with(&["--track", "rust", "-c", "auth"]).code(1);
    cm.write("mended", "");
    let _ = cm.run(["resume", "last"]).code(0).stdout("rust/auth/\n");
    assert_eq!(cm.read("did"), "one\none\nrusty\nany\n");
}

/// A step that is filtered out later does not change what the others are.
#[test]
fn filtering_shifts_no_identity() {
    let text = "name: Shift
tracks: { question: Which?, options: { rust: Rust, python: Python } }
steps:
  - { id: a, run: echo x >> did }
  - { id: b, run: echo x >> did }
  - { id: c, run: echo x >> did }
  - { id: last, run: test -e mended }
";
    let cm = flow(text, &[]);
    let _ = cm.flow_with(&["--track", "rust"]).code(1);
    assert_eq!(cm.read("did").lines().count(), 3);
    cm.write(
        "flow/workflow.yaml",
        text.replace("id: a, run", "id: a, tracks: python, run"),
    );
    cm.write("mended", "");
    let _ = cm.run(["resume", "last"]).code(0);
    assert_eq!(cm.read("did").lines().count(), 3, "nothing was done again");
    assert_eq!(state(&cm, "c"), "done");
    assert_eq!(state(&cm, "last"), "done");
}

const SPEC: &str = ".codemachine/inputs/specification.md";

fn specified() -> Cm {
    flow(
        "name: Spec\nspecification: required\nsteps: [{ agent: a }]\n",
        &[("agents/a.md", "By this: {specification}")],
    )
}

#[test]
fn the_specification_is_asked_for() {
    let cm = specified();
    let stub = |cm: &Cm, part: &str| {
        let said = words(&cm.flow().code(2));
        assert!(said.contains(part) && said.contains(SPEC), "{said}");
    };
    stub(&cm, "specification");
    let written = cm.read(SPEC);
    assert!(!written.is_empty());
    stub(&cm, "specification");
    assert_eq!(cm.read(SPEC), written, "it is not written over");
    cm.write(SPEC, " \n");
    stub(&cm, "empty");
    cm.write(SPEC, "A bridge of {state.secret}.");
    let _ = cm.flow().code(0);
    assert_eq!(prompts(&cm, "a"), ["By this: A bridge of {state.secret}."]);
    let _ = cm.run(["runs"]).code(0).says("done");
}

#[test]
fn a_specification_that_is_none() {
    let cm = specified().file("empty.md", "\n\n").file("folder/x", "");
    for (file, part) in [
        ("missing.md", "missing.md"),
        ("empty.md", "empty"),
        ("folder", "folder"),
    ] {
        let said = words(&cm.flow_with(&["--spec", file]).code(2));
        assert!(said.contains(part), "{said}");
    }
    std::fs::create_dir_all(cm.project().join(SPEC)).expect("a directory");
    let said = words(&cm.flow().code(2));
    assert!(said.contains(SPEC), "{said}");
}

#[test]
fn the_projects_name_is_asked_for() {
    let cm = flow(
        "name: Name\nproject-name: ask\nsteps: [{ run: 'echo {project_name}' }]\n",
        &[],
    );
    let _ = cm
        .flow_with(&["--project-name", "Lighthouse {date}"])
        .code(0)
        .stdout("Lighthouse {date}\n");
    assert_eq!(states(&cm).len(), 1);
}
