//! Steps that work in copies of the project.

use cm_sdk::workflow::{Decision, Reply, message};

use crate::host;
use crate::support::{Call, FakeHost, reply};

const GROUP: &str = "
name: x
steps:
  - id: both
    workspace: { include: [.env], setup: [npm ci], ports: 2, teardown: [down], conflicts: solver }
    checks: [make test]
    parallel:
      - { agent: one }
      - { id: two_b, run: make }
      - { ask: Well?, id: three }
  - { run: last }
";

/// What concerned branches, and what was asked for on the way.
fn course(host: &FakeHost) -> Vec<String> {
    let calls = host.calls();
    let course = calls.iter().filter_map(|call| match call {
        Call::Branch(_, branching) => Some(format!("branch {}", branching.name)),
        Call::Merge(_, merging) => Some(format!("merge {}", merging.from)),
        Call::Agent(place, turn, _) => Some(format!(
            "agent {} in {}",
            place.step,
            turn.workspace.as_deref().unwrap_or("the run")
        )),
        Call::Command(place, command, _) => Some(format!(
            "`{}` of {} in {}",
            command.line,
            place.step,
            command.workspace.as_deref().unwrap_or("the run")
        )),
        _ => None,
    });
    course.collect()
}

#[test]
fn each_works_in_its_own_and_they_are_merged_in_order_with_checks() {
    let host = host(GROUP, &["one", "solver"]);
    assert!(host.run().is_ok());
    assert_eq!(
        course(&host),
        [
            "branch one",
            "branch two-b",
            "agent one in b/one",
            "`make` of two_b in b/two-b",
            "merge b/one",
            "`make test` of one/merge in the run",
            "merge b/two-b",
            "`make test` of two_b/merge in the run",
            "`last` of last in the run",
        ]
    );
    let Some(Call::Branch(_, branching)) = host
        .calls()
        .into_iter()
        .find(|call| matches!(call, Call::Branch(..)))
    else {
        panic!("there is one");
    };
    assert_eq!(branching.include, [".env"]);
    assert_eq!(
        (branching.setup[0].as_str(), branching.ports),
        ("npm ci", 2)
    );
    assert_eq!(branching.teardown, ["down"]);
    assert_eq!(host.marked("one/merge"), ["started", "done"]);
}

#[test]
fn the_order_can_be_said() {
    let text = GROUP.replace("checks: [make test]", "merge-order: [two_b]");
    let host = host(&text, &["one", "solver"]);
    assert!(host.run().is_ok());
    let course = course(&host);
    assert_eq!(course[4..6], ["merge b/two-b", "merge b/one"]);
}

#[test]
fn a_conflict_goes_to_the_agent_and_is_merged_when_the_checks_pass() {
    let host = host(GROUP, &["one", "solver"])
        .gives("merge two_b/merge", reply("src/a.rs\nsrc/b.rs", 1))
        .exits("one/merge", 0, "")
        .exits("two_b/merge", 0, "solved it")
        .exits("two_b/merge", 1, "1 failed")
        .exits("two_b/merge", 0, "again")
        .exits("two_b/merge", 0, "fine");
    assert!(host.run().is_ok());
    assert_eq!(
        course(&host)[6..],
        [
            "merge b/two-b",
            "agent two_b/merge in the run",
            "`make test` of two_b/merge in the run",
            "agent two_b/merge in the run",
            "`make test` of two_b/merge in the run",
            "merge b/two-b",
            "`last` of last in the run",
        ]
    );
    let prompts = host.prompts("two_b/merge");
    assert!(
        prompts[0].starts_with("You are the solver."),
        "{}",
        prompts[0]
    );
    assert!(prompts[0].contains("src/a.rs\nsrc/b.rs"), "{}", prompts[0]);
    // In the same conversation.
    assert!(prompts[1].contains("1 failed"), "{}", prompts[1]);
    let turns = host.turns("two_b/merge");
    assert_eq!(turns[1].session.as_deref(), Some("session of solved it"));
}

#[test]
fn a_conflict_that_nobody_solves_names_the_step_and_the_way_out() {
    let mut host = host(
        &GROUP.replace("checks: [make test]", ""),
        &["one", "solver"],
    );
    for _ in 0..9 {
        host = host.gives("merge one/merge", reply("src/a.rs", 1));
    }
    let error = host.run().expect_err("nobody solves it");
    let words = message(&error);
    assert!(words.starts_with("the step `both` failed: the work of the step `one` could not be merged: git cannot join what both sides have done: src/a.rs; it was tried 3 times"), "{words}");
    assert!(words.contains("b/one"), "{words}");
    assert_eq!(host.turns("one/merge").len(), 3);
}

#[test]
fn without_an_agent_a_person_is_asked() {
    let text = GROUP.replace(", conflicts: solver", "");
    let conflict = || reply("src/a.rs", 1);
    let host = host(&text, &["one"])
        .gives("merge one/merge", conflict())
        .says("one/merge", "solved")
        .exits("one/merge", 0, "checked");
    assert!(host.run().is_ok());
    let question = &host.questions("one/merge")[0];
    assert!(question.personal && question.prompt.contains("src/a.rs"));
    assert_eq!(question.choices, ["solved", "give up"]);
    let other = crate::host(&text, &["one"])
        .gives("merge one/merge", conflict())
        .says("one/merge", "give up");
    assert!(message(&other.run().expect_err("given up")).contains("gave it up"));
}

#[test]
fn whether_to_merge_can_be_asked_or_left() {
    let text = "
name: x
steps:
  - id: both
    parallel:
      - { run: a, workspace: { merge: ask } }
      - { run: b, workspace: { merge: ask } }
      - { run: c, workspace: { merge: false } }
      - { run: d }
";
    let host = host(text, &[]).decides("a/merge", Decision::Reject("later".into()));
    assert!(host.run().is_ok());
    let merges: Vec<_> = course(&host)
        .into_iter()
        .filter(|call| call.starts_with("merge"))
        .collect();
    assert_eq!(merges, ["merge b/b"]);
    assert_eq!(
        host.marked("a/merge")[1],
        "skipped: Ada keeps it in its branch"
    );
    assert_eq!(
        host.marked("c/merge"),
        ["skipped: it stays in the branch b/c"]
    );
}

#[test]
fn nothing_is_merged_when_the_group_fails() {
    let host = host(GROUP, &["one", "solver"]).exits("two_b", 1, "");
    assert!(host.run().is_err());
    assert!(!course(&host).iter().any(|call| call.starts_with("merge")));
}

#[test]
fn without_git_the_directory_is_shared_and_nothing_merged() {
    let shared = |id: &str| Reply {
        options: vec![("shared".into(), "true".into())],
        ..reply(id, 0)
    };
    let host = host(GROUP, &["one", "solver"])
        .gives("branch one", shared("main"))
        .gives("branch two_b", shared("main"));
    assert!(host.run().is_ok());
    assert!(!course(&host).iter().any(|call| call.starts_with("merge")));
    assert!(
        host.marked("one")[1].contains("without git"),
        "{:?}",
        host.marked("one")
    );
}

#[test]
fn in_a_graph_the_work_is_merged_before_what_waits_for_it_begins() {
    let text = "
name: x
steps:
  - { run: a, needs: [], workspace: own, checks: [make] }
  - { run: b, needs: [a], workspace: own }
  - { run: c, needs: [] }
";
    let host = host(text, &[]);
    assert!(host.run().is_ok());
    assert_eq!(
        course(&host),
        [
            "branch a",
            "`c` of c in the run",
            "`a` of a in b/a",
            "merge b/a",
            "`make` of a/merge in the run",
            "branch b",
            "`b` of b in b/b",
            "merge b/b",
        ]
    );
}

#[test]
fn going_round_makes_new_copies() {
    let text = "
name: x
steps:
  - { id: both, parallel: [{ run: a, workspace: own }] }
  - { run: check, on-failure: { loop: { to: both, max: 1 } } }
";
    let host = host(text, &[]).exits("check", 1, "").exits("check", 0, "");
    assert!(host.run().is_ok());
    let branches: Vec<_> = course(&host)
        .into_iter()
        .filter(|call| call.starts_with("branch"))
        .collect();
    assert_eq!(branches, ["branch a", "branch a-2"]);
}
