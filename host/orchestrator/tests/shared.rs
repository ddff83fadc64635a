//! The shared state, when the workflow and its agents write to it.

use cm_orchestrator::{Decided, Event, Input, RunStart};

use crate::{edits::Desk, program::turn};

fn write(scope: Option<u32>, value: &str) -> Input {
    Input::Write {
        scope,
        key: "a".into(),
        value: value.into(),
    }
}

fn swap(scope: Option<u32>, version: u32, value: &str) -> Input {
    Input::Swap {
        scope,
        key: "a".into(),
        version,
        value: value.into(),
    }
}

fn read(desk: &mut Desk, scope: Option<u32>) -> (Option<String>, Option<u32>) {
    let decided = desk.input(Input::Observe {
        scope,
        what: "state a".into(),
        value: None,
    });
    (decided.value, decided.version)
}

fn told(value: &str, version: u32) -> (Option<String>, Option<u32>) {
    (Some(value.into()), Some(version))
}

/// A desk with an agent at work.
fn desk() -> (Desk, u32) {
    let mut desk = Desk::new(RunStart::default());
    let (task, _) = desk.request("s", turn("a", "p", 0));
    (desk, task)
}

#[test]
fn a_guest_sees_what_an_agent_wrote_after_it_also_when_it_is_run_again() {
    let (mut desk, agent) = desk();
    assert_eq!(desk.input(write(None, "mine")).value.as_deref(), Some("1"));
    assert_eq!(read(&mut desk, None), told("mine", 1));
    let decided = desk.input(write(Some(agent), "the agent's"));
    assert_eq!(decided.value.as_deref(), Some("2"));
    desk.resume();
    assert_eq!(desk.input(write(None, "mine")).value.as_deref(), Some("1"));
    assert_eq!(
        read(&mut desk, None),
        told("mine", 1),
        "as it was told before"
    );
    assert_eq!(read(&mut desk, None), told("the agent's", 2), "asked anew");
}

#[test]
fn a_guest_does_not_see_what_an_agent_wrote_before_it() {
    let (mut desk, agent) = desk();
    desk.input(write(Some(agent), "the agent's"));
    desk.input(write(None, "mine"));
    assert_eq!(read(&mut desk, None), told("mine", 2));
}

#[test]
fn an_edited_guest_does_not_see_what_it_wrote_later_in_its_life_before() {
    let (mut desk, agent) = desk();
    desk.input(write(None, "first"));
    desk.input(write(Some(agent), "the agent's"));
    desk.input(write(None, "last"));
    desk.resume();
    desk.input(write(None, "first"));
    assert_eq!(read(&mut desk, None), told("the agent's", 2));
}

#[test]
fn an_agent_reads_what_is_there_in_every_attempt() {
    let (mut desk, agent) = desk();
    desk.input(write(None, "one"));
    assert_eq!(read(&mut desk, Some(agent)), told("one", 1));
    desk.resume();
    desk.input(write(None, "two"));
    desk.request("s", turn("a", "p", 0));
    desk.input(Input::Pass { scope: Some(agent) });
    assert_eq!(read(&mut desk, Some(agent)), told("two", 2));
    // And what it writes is written, also if it wrote the same before.
    desk.input(write(Some(agent), "three"));
    desk.input(write(None, "four"));
    desk.resume();
    desk.request("s", turn("a", "p", 0));
    let again = desk.input(write(Some(agent), "three"));
    assert_eq!(again.value.as_deref(), Some("5"));
}

fn code(decided: &Decided) -> Option<&str> {
    decided
        .refused
        .as_ref()
        .map(|failure| failure.code.as_str())
}

#[test]
fn a_swap_gives_the_same_when_it_is_run_again() {
    let (mut desk, agent) = desk();
    let first = |desk: &mut Desk| {
        let made = desk.input(swap(None, 0, "mine"));
        assert_eq!((code(&made), made.value.as_deref()), (None, Some("1")));
    };
    let second = |desk: &mut Desk| {
        let refused = desk.input(swap(None, 1, "again"));
        assert_eq!(
            (code(&refused), refused.version),
            (Some("conflict"), Some(2))
        );
        let message = refused.refused.unwrap().message;
        assert!(message.contains("version 2 now"), "{message}");
    };
    first(&mut desk);
    desk.input(write(Some(agent), "the agent's"));
    second(&mut desk);
    desk.input(write(Some(agent), "and more"));
    desk.resume();
    let before = desk.journal.len();
    first(&mut desk);
    second(&mut desk);
    assert_eq!(desk.journal.len(), before, "nothing is written twice");
    let made = desk.input(swap(None, 3, "at last"));
    assert_eq!(made.value.as_deref(), Some("4"));
    let entry = &desk.core.run().state["a"];
    assert_eq!(
        (entry.value.as_str(), entry.version, entry.scope),
        ("at last", 4, None)
    );
}

#[test]
fn artifacts_follow_the_same_rule() {
    let (mut desk, agent) = desk();
    let save = |scope, content: &str| Input::Save {
        scope,
        step: "s".into(),
        name: "plan".into(),
        content: content.into(),
    };
    let read = |desk: &mut Desk| {
        let decided = desk.input(Input::Observe {
            scope: None,
            what: "artifact s/plan".into(),
            value: None,
        });
        decided.value.unwrap()
    };
    desk.input(save(None, "mine"));
    desk.input(save(Some(agent), "the agent's"));
    desk.resume();
    desk.input(save(None, "mine"));
    assert_eq!(read(&mut desk), "the agent's");
    desk.input(save(None, "mine again"));
    assert_eq!(read(&mut desk), "mine again");
}

#[test]
fn a_schema_is_written_down_once() {
    let (mut desk, _) = desk();
    let declare = || Input::Declare {
        key: "a".into(),
        schema: "{}".into(),
    };
    desk.input(declare());
    desk.resume();
    desk.input(declare());
    let declared = |event: &&Event| matches!(event, Event::Declared { .. });
    assert_eq!(desk.journal.iter().filter(declared).count(), 1);
    assert_eq!(desk.core.run().schemas["a"], "{}");
}
