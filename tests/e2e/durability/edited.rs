//! Finished work is found by what it is: it survives an edited workflow, and a lost cache.

use std::fs;

use super::journal::Events;
use crate::support::{Cm, end};

fn effects(cm: &Cm) -> Vec<String> {
    let mut lines: Vec<_> = cm.read("effects.log").lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn three(last: &str) -> Cm {
    Cm::new()
        .agent("planner", "Plan.")
        .script(r#"{ "rules": [{ "agent": "planner", "do": [{ "run": "echo planner >> effects.log" }, { "say": "plan" }] }] }"#)
        .workflow(&workflow(&["agent: planner", "{ id: build, run: 'echo build >> effects.log; echo built {planner.output}' }", last]))
}

fn workflow(steps: &[&str]) -> String {
    let lines: Vec<_> = steps.iter().map(|step| format!("  - {step}\n")).collect();
    format!("name: Edited\nsteps:\n{}", lines.concat())
}

const BUILD: &str = "{ id: build, run: 'echo build >> effects.log; echo built {planner.output}' }";
const FAILS: &str = "{ id: test, run: 'echo test >> effects.log; exit 7' }";
const WORKS: &str = "{ id: test, run: 'echo test >> effects.log; echo tested {build.output}' }";

#[test]
fn a_later_step() {
    let cm = three(FAILS);
    drop(cm.flow().code(1).calm().says("test"));
    cm.write(
        "flow/workflow.yaml",
        workflow(&["agent: planner", BUILD, WORKS]),
    );
    let ran = cm
        .run(["resume", "last"])
        .code(0)
        .calm()
        .says("2 finished tasks are kept");
    assert_eq!(ran.out(), "tested built plan\n");
    assert_eq!(effects(&cm), ["build", "planner", "test", "test"]);
    Events::of(&cm, &cm.last()).assert_sound();
}

#[test]
fn nothing_but_what_failed_is_tried_again() {
    let cm = three("{ id: test, run: 'echo test >> effects.log; test -e fixed && echo good' }");
    drop(cm.flow().code(1).calm());
    drop(cm.run(["resume", "last"]).code(1).calm());
    cm.write("fixed", "");
    assert_eq!(cm.run(["resume", "last"]).code(0).calm().out(), "good\n");
    assert_eq!(effects(&cm), ["build", "planner", "test", "test", "test"]);
}

/// New steps before, between and after what is finished, which changes its place.
#[test]
fn the_order() {
    let first = "{ id: alone, run: 'echo alone >> effects.log; echo alone' }";
    let cm = three(FAILS);
    cm.write(
        "flow/workflow.yaml",
        workflow(&[first, "agent: planner", BUILD, FAILS]),
    );
    drop(cm.flow().code(1).calm());
    let new = "{ id: new, run: 'echo new >> effects.log' }";
    let last = "{ id: last, run: 'echo last >> effects.log; echo {alone.output} {test.output}' }";
    cm.write(
        "flow/workflow.yaml",
        workflow(&[new, "agent: planner", BUILD, first, WORKS, last]),
    );
    let ran = cm.run(["resume", "last"]).code(0).calm();
    assert_eq!(ran.out(), "alone tested built plan\n");
    assert_eq!(
        effects(&cm),
        ["alone", "build", "last", "new", "planner", "test", "test"]
    );
}

/// What follows from an earlier step is done again; what does not is not.
#[test]
fn an_earlier_step() {
    let apart = "{ id: apart, run: 'echo apart >> effects.log; echo apart' }";
    let cm = three(FAILS);
    cm.write(
        "flow/workflow.yaml",
        workflow(&["agent: planner", BUILD, apart, FAILS]),
    );
    drop(cm.flow().code(1).calm());
    let other = "{ id: build, run: 'echo build >> effects.log; echo rebuilt {planner.output}' }";
    cm.write(
        "flow/workflow.yaml",
        workflow(&["agent: planner", other, apart, WORKS]),
    );
    let ran = cm.run(["resume", "last"]).code(0).calm();
    assert_eq!(ran.out(), "tested rebuilt plan\n");
    assert_eq!(
        effects(&cm),
        ["apart", "build", "build", "planner", "test", "test"]
    );
}

/// A workflow that was made worse is not run, and the run can still go on later.
#[test]
fn to_something_that_is_none() {
    let cm = three(FAILS);
    drop(cm.flow().code(1).calm());
    cm.write(
        "flow/workflow.yaml",
        "name: Test\nsteps: [{ agent: nobody }]",
    );
    let ran = cm.run(["resume", "last"]).calm();
    assert_ne!(ran.output().status.code(), Some(0), "{ran}");
    drop(ran.says("nobody"));
    cm.write(
        "flow/workflow.yaml",
        workflow(&["agent: planner", BUILD, WORKS]),
    );
    drop(cm.run(["resume", "last"]).code(0).calm());
    assert_eq!(effects(&cm), ["build", "planner", "test", "test"]);
}

/// A run that is half way when its compiled components are lost or spoiled.
#[test]
fn the_compiled_components() {
    for spoil in [false, true] {
        let cm = three(
            "{ id: test, run: 'echo test >> effects.log; test -e again && echo over || { touch again; sleep 300; }' }",
        );
        let mut child = cm.started(&[], "again");
        end(child.id());
        child.wait().expect("a status");
        let cache = cm.home().join("cache");
        let mut files = 0;
        for directory in fs::read_dir(&cache).expect("there is a cache") {
            for file in fs::read_dir(directory.expect("an entry").path()).expect("a directory") {
                let path = file.expect("an entry").path();
                let bytes = fs::read(&path).expect("a file");
                // The files are shared with other tests: they are replaced, not changed.
                fs::remove_file(&path).expect("it can be removed");
                if spoil {
                    let half = bytes.get(..bytes.len() / 2).expect("half of it");
                    fs::write(&path, half).expect("it can be written");
                }
                files += 1;
            }
        }
        assert!(files >= 2, "there were compiled components");
        if !spoil {
            fs::remove_dir_all(&cache).expect("it can be removed");
        }
        assert_eq!(cm.run(["resume", "last"]).code(0).calm().out(), "over\n");
        assert_eq!(effects(&cm), ["build", "planner", "test", "test"]);
    }
}
