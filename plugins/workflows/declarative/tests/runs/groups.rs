//! Members of a group, each driven by itself.

use cm_sdk::workflow::{Decision, Error, message};

use crate::host;
use crate::support::{Call, by};

const GROUP: &str = "
name: x
steps:
  - { run: first }
  - id: both
    parallel:
      - { agent: a, save: a.txt }
      - { agent: b }
  - { run: last }
=== agents/b/1-more.md
More?
";

#[test]
fn one_that_waits_does_not_hold_up_the_others() {
    // Of two, the second is always over first: `b` goes through its chain while `a`
    // waits at its gate.
    let mut host = host(GROUP, &["a", "b"]);
    host.order = 1;
    assert!(host.run().is_ok());
    let order: Vec<_> = host
        .calls()
        .iter()
        .filter_map(|call| match call {
            Call::Wait(step) => Some(step.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["first", "b", "b", "b", "b", "a", "a", "last"]);
    assert_eq!(host.asked("a"), ["turn: next: the step `last`"]);
}

#[test]
fn a_member_can_go_back_to_its_own_beginning_at_once() {
    let mut host = host(GROUP, &["a", "b"])
        .says("a", "one")
        .says("a", "two")
        .decides("a", Decision::Back("a".into()));
    host.order = 0;
    assert!(host.run().is_ok());
    assert_eq!(host.prompts("a").len(), 2);
    assert_eq!(host.prompts("b").len(), 2);
    assert_eq!(
        host.marked("a"),
        [
            "started",
            "skipped: Ada goes back to `a`",
            "started",
            "done"
        ]
    );
    assert_eq!(
        host.artifacts.borrow()[&("a".to_string(), "a.txt".to_string())],
        "two"
    );
}

#[test]
fn leaving_a_group_waits_for_the_others() {
    let host = host(GROUP, &["a", "b"]).decides("a", Decision::Back("first".into()));
    assert!(host.run().is_ok());
    assert_eq!(
        host.started(),
        ["first", "a", "b", "b", "first", "a", "b", "b", "last"]
    );
    assert_eq!(host.marked("both")[1], "skipped: Ada goes back to `first`");
}

#[test]
fn a_sibling_can_be_gone_back_to_alone() {
    let host = host(GROUP, &["a", "b"]).decides("b", Decision::Back("a".into()));
    assert!(host.run().is_ok());
    assert_eq!(host.started(), ["first", "a", "b", "a", "last"]);
}

#[test]
fn a_member_that_runs_once() {
    let text = "
name: x
steps:
  - { id: both, parallel: [{ run: a }, { agent: b, once: true }] }
  - { run: c, on-failure: { loop: { to: both, max: 1 } } }
";
    let host = host(text, &["b"]).exits("c", 1, "").exits("c", 0, "");
    assert!(host.run().is_ok());
    assert_eq!(host.started(), ["a", "b", "c", "a", "c"]);
    assert_eq!(
        host.marked("b"),
        ["started", "done", "skipped: it is done, and runs once"]
    );
}

#[test]
fn a_failure_comes_before_a_way_elsewhere() {
    let text = "
name: x
steps:
  - { run: first }
  - id: both
    parallel:
      - { run: a }
      - { agent: b }
";
    let host = host(text, &["b"])
        .exits("a", 1, "")
        .decides("b", Decision::Back("first".into()));
    let error = host.run().expect_err("one failed");
    assert_eq!(
        message(&error),
        "the step `both` failed: 1 of its 2 steps failed: `a`: `a` ended with exit code 1"
    );
}

#[test]
fn stopping_ends_all_of_them() {
    let host = host(GROUP, &["a", "b"]).answer("a", by(Decision::Stop("enough".into())));
    let error = host.run().expect_err("it was stopped");
    assert_eq!(message(&error), "stopped by Ada: enough");
    assert!(host.calls().contains(&Call::Cancel("b".into())));
    assert_eq!(host.marked("a")[1], "failed: stopped by Ada: enough");
    assert_eq!(host.marked("b")[1], "skipped: the run has ended");
    assert_eq!(host.marked("both")[1], "failed: stopped by Ada: enough");
    let cancelled = crate::host(GROUP, &["a", "b"]).answer("a", Err(Error::Cancelled));
    assert_eq!(cancelled.run(), Err(Error::Cancelled));
    assert!(cancelled.calls().contains(&Call::Cancel("b".into())));
}

#[test]
fn once_holds_for_whole_groups() {
    let text = "
name: x
steps:
  - { id: both, once: true, parallel: [{ run: a }, { run: b }] }
  - { run: c, on-failure: { loop: { to: both, max: 2 } } }
";
    let host = host(text, &[]).exits("c", 1, "").exits("c", 0, "");
    assert!(host.run().is_ok());
    assert_eq!(host.started(), ["a", "b", "c", "c"]);
}
