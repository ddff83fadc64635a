//! What must be there for a step to be done.

use cm_sdk::workflow::{Proof, message};

use crate::host;
use crate::support::{Call, FakeHost, reply};

const TEXT: &str = "
name: x
steps:
  - { agent: a, produces: { files: [docs/*.md], schema: { a.json: { type: object } }, changes: true, run: 'test {!a.output}' } }
";

fn proofs(host: &FakeHost) -> Vec<Proof> {
    let calls = host.calls().into_iter();
    let proofs = calls.filter_map(|call| match call {
        Call::Prove(_, proof) => Some(proof),
        _ => None,
    });
    proofs.collect()
}

#[test]
fn the_host_looks_when_the_agent_says_that_it_is_done() {
    let host = host(TEXT, &["a"]);
    assert_eq!(host.run(), Ok("a says".into()));
    let proofs = proofs(&host);
    assert_eq!(proofs.len(), 1);
    assert_eq!(proofs[0].files, ["docs/*.md"]);
    assert_eq!(proofs[0].schemas[0].0, "a.json");
    // The first task of the step.
    assert_eq!(proofs[0].changed_since.as_deref(), Some("1"));
    assert_eq!(host.commands("a").len(), 1);
}

#[test]
fn what_is_missing_is_said_to_the_agent_in_its_conversation() {
    let host = host(TEXT, &["a"])
        .gives("prove a", reply("docs/*.md: no such file", 1))
        .gives("prove a", reply("a.json is not JSON", 1));
    assert!(host.run().is_ok());
    let turns = host.turns("a");
    assert_eq!(turns.len(), 3);
    assert!(turns[1].prompt.contains("docs/*.md: no such file"));
    assert_eq!(turns[1].session.as_deref(), Some("session of a says"));
    assert!(turns[2].prompt.contains("a.json is not JSON"));
    assert_eq!(
        host.marked("a")[1],
        "started: asked again, 1 of 2: docs/*.md: no such file"
    );
    assert!(
        proofs(&host)
            .iter()
            .all(|proof| proof.changed_since.as_deref() == Some("1"))
    );
}

#[test]
fn in_the_end_the_step_fails() {
    let mut host = host(
        &TEXT.replace("run: 'test {!a.output}'", "attempts: 1"),
        &["a"],
    );
    for _ in 0..2 {
        host = host.gives("prove a", reply("nothing has changed", 1));
    }
    let error = host.run().expect_err("nothing is there");
    assert_eq!(
        message(&error),
        "the step `a` failed: it has not produced what it must after it was told once: nothing has changed"
    );
    assert_eq!(host.turns("a").len(), 2);
}

#[test]
fn a_command_that_proves_nothing_is_run_again_as_often_as_it_may() {
    let text = "
name: x
steps:
  - { run: make, retry: 2, produces: { files: out } }
";
    let missing = || reply("out: no such file", 1);
    let host = host(text, &[])
        .gives("prove make", missing())
        .gives("prove make", missing());
    let error = host.run().expect_err("nothing is there");
    assert_eq!(
        message(&error),
        "the step `make` failed: it has not produced what it must: out: no such file"
    );
    assert_eq!(host.commands("make").len(), 2);
}

#[test]
fn a_command_can_be_the_proof() {
    let text = "
name: x
steps:
  - { step: tools/one, produces: { run: npm test } }
";
    let host = host(text, &[])
        .exits("one", 0, "built")
        .exits("one", 3, "2 failed");
    let error = host.run().expect_err("the tests fail");
    assert_eq!(
        message(&error),
        "the step `one` failed: it has not produced what it must: `npm test` ended with exit code 3: 2 failed"
    );
}
