//! Steering, skipping, pausing, and what agents start themselves.

use cm_orchestrator::{Command, Decided, Input, Resumed, RunStart, Status, Summary, TaskState};
use cm_types::{
    Decision, Error, Mode, Placement, Policy, QuestionKind, QuestionWork, TurnEvent, Work,
};

use crate::{
    edits::Desk,
    program::{command, turn},
};

fn by() -> String {
    "me".into()
}

fn say(text: &str, now: bool) -> Input {
    Input::Direct {
        step: None,
        decision: Decision::Reply(text.into()),
        now,
        by: by(),
    }
}

fn skip(step: &str) -> Input {
    Input::Direct {
        step: Some(step.into()),
        decision: Decision::Skip,
        now: false,
        by: by(),
    }
}

fn cancelled(task: u32) -> Input {
    let result = Err(Error::Cancelled);
    Input::Ended { task, result }
}

fn session(task: u32) -> Input {
    let event = TurnEvent::Session("talk".into());
    Input::Turn { task, event }
}

fn pause(now: bool) -> Input {
    Input::Pause {
        reason: Some("lunch".into()),
        now,
        by: by(),
    }
}

/// What is sent out again, and where it goes on.
fn resumed(decided: &Decided) -> Vec<(u32, Option<Resumed>)> {
    let commands = decided.commands.iter();
    let sent = commands.filter_map(|command| match command {
        Command::Perform(attempt) => Some((attempt.task, attempt.resumed.clone())),
        _ => None,
    });
    sent.collect()
}

fn at_talk(say: Option<&str>) -> Option<Resumed> {
    Some(Resumed {
        session: "talk".into(),
        say: say.map(str::to_owned),
        nudged: None,
    })
}

/// An agent starts another one.
fn helper(desk: &mut Desk, scope: u32, prompt: &str) -> Decided {
    desk.input(Input::Request {
        scope: Some(scope),
        place: Placement {
            step: "s/helper".into(),
            parent: Some("s".into()),
            label: None,
        },
        work: turn("helper", prompt, 0),
        policy: Policy::default(),
    })
}

fn gate(desk: &mut Desk) -> u32 {
    let question = QuestionWork {
        kind: QuestionKind::Turn,
        ..QuestionWork::default()
    };
    desk.request("s", Work::Question(question)).0
}

fn decision(desk: &Desk, task: u32) -> Option<Decision> {
    let reply = desk.core.run().tasks[task as usize].result()?.clone();
    reply.unwrap().decision
}

#[test]
fn words_for_an_agent_wait_for_the_end_of_its_turn() {
    for mode in [Mode::Manual, Mode::Continuous] {
        let mut desk = Desk::new(RunStart {
            mode,
            ..RunStart::default()
        });
        let (task, _) = desk.request("s", turn("a", "p", 0));
        assert!(desk.input(say("use sqlite", false)).commands.is_empty());
        // They are not lost with the process.
        desk.resume();
        desk.request("s", turn("a", "p", 0));
        desk.end(task, "done");
        let open = gate(&mut desk);
        let said = Some(Decision::Reply("use sqlite".into()));
        assert_eq!(decision(&desk, open), said);
        let reply = desk.core.run().tasks[open as usize].result().cloned();
        let options = reply.unwrap().unwrap().options;
        assert_eq!(
            options,
            [("by".into(), "me".into()), ("from".into(), "person".into())]
        );
        assert!(desk.core.run().steered.is_empty(), "said once");
    }
}

#[test]
fn words_that_cannot_wait_stop_the_turn_which_goes_on_in_its_conversation() {
    let mut desk = Desk::new(RunStart::default());
    let (task, _) = desk.request("s", turn("a", "p", 0));
    desk.input(session(task));
    let decided = desk.input(say("stop that", true));
    assert_eq!(decided.commands, [Command::Stop { task }]);
    assert!(
        resumed(&desk.input(say("do this", true))).is_empty(),
        "it is still stopping"
    );
    let decided = desk.input(cancelled(task));
    let words = at_talk(Some("stop that\n\ndo this"));
    assert_eq!(resumed(&decided), [(task, words.clone())]);
    assert_eq!(
        desk.core.run().tasks[task as usize].tries,
        1,
        "that was no failure"
    );
    // Killed meanwhile: the words are said again, the conversation is the same.
    desk.resume();
    let place = desk.core.run().tasks[task as usize].place.clone();
    let again = desk.input(Input::Request {
        scope: None,
        place,
        work: turn("a", "p", 0),
        policy: Policy::default(),
    });
    assert_eq!(resumed(&again), [(task, words)]);
}

#[test]
fn before_a_conversation_has_begun_the_words_wait_and_the_turn_begins_again() {
    let mut desk = Desk::new(RunStart::default());
    let (task, _) = desk.request("s", turn("a", "p", 0));
    desk.input(say("use sqlite", true));
    let decided = desk.input(cancelled(task));
    assert_eq!(resumed(&decided), [(task, None)]);
    desk.end(task, "done");
    let open = gate(&mut desk);
    assert_eq!(
        decision(&desk, open),
        Some(Decision::Reply("use sqlite".into()))
    );
}

#[test]
fn words_for_a_step_without_an_agent_are_refused() {
    let mut desk = Desk::new(RunStart::default());
    desk.request("tests", command("cargo test"));
    let refused = desk.input(say("hello", false)).refused.unwrap();
    assert_eq!(refused.code, "no-agent");
    assert!(refused.message.contains("tests"));
}

#[test]
fn a_skipped_turn_is_over_at_once_and_its_place_is_free_when_it_has_stopped() {
    let mut desk = Desk::new(RunStart {
        parallel: 1,
        ..RunStart::default()
    });
    let (task, _) = desk.request("s", turn("a", "p", 0));
    let (next, sent) = desk.request("t", turn("a", "q", 0));
    assert!(!sent);
    let decided = desk.input(skip("s"));
    assert_eq!(decided.commands, [Command::Stop { task }]);
    assert_eq!(decision(&desk, task), Some(Decision::Skip));
    let decided = desk.input(cancelled(task));
    assert_eq!(resumed(&decided), [(next, None)]);
    assert_eq!(
        decision(&desk, task),
        Some(Decision::Skip),
        "what came later is nothing"
    );
}

#[test]
fn a_pause_sends_nothing_out_and_leaves_what_goes_on() {
    let mut desk = Desk::new(RunStart {
        mode: Mode::Manual,
        ..RunStart::default()
    });
    let (first, _) = desk.request("s", turn("a", "p", 0));
    desk.input(pause(false));
    assert!(!desk.request("t", command("x")).1);
    assert_eq!(desk.core.run().status(), Status::Running);
    desk.end(first, "done");
    assert_eq!(desk.core.run().status(), Status::Paused);
    let open = gate(&mut desk);
    assert_eq!(
        desk.core.run().tasks[open as usize].state,
        TaskState::Asking
    );
    let decided = desk.input(Input::Continue { by: by() });
    assert_eq!(resumed(&decided).len(), 1);
    let refused = desk.input(Input::Continue { by: by() }).refused;
    assert_eq!(refused.unwrap().code, "not-paused");
}

#[test]
fn a_pause_now_holds_the_turns_until_somebody_continues() {
    let mut desk = Desk::new(RunStart::default());
    let (held, _) = desk.request("s", turn("a", "p", 0));
    let (quick, _) = desk.request("t", turn("a", "q", 0));
    desk.input(session(held));
    let decided = desk.input(pause(true));
    assert_eq!(decided.commands.len(), 2);
    assert!(resumed(&desk.input(cancelled(held))).is_empty());
    // This one was over before it could be stopped.
    desk.end(quick, "done");
    assert!(desk.core.run().tasks[quick as usize].result().is_some());
    let decided = desk.input(Input::Continue { by: by() });
    assert_eq!(resumed(&decided), [(held, at_talk(None))]);
}

#[test]
fn a_run_can_begin_with_a_pause() {
    let mut desk = Desk::new(RunStart {
        paused: true,
        ..RunStart::default()
    });
    assert!(!desk.request("s", command("x")).1);
    assert_eq!(desk.core.run().status(), Status::Paused);
    let decided = desk.input(Input::Continue { by: by() });
    assert_eq!(resumed(&decided).len(), 1);
}

#[test]
fn what_is_held_can_be_cancelled() {
    let mut desk = Desk::new(RunStart::default());
    let (task, _) = desk.request("s", turn("a", "p", 0));
    desk.input(pause(true));
    desk.input(Input::Cancel { task });
    let result = desk.core.run().tasks[task as usize].result().cloned();
    assert_eq!(result, Some(Err(Error::Cancelled)));
    desk.input(Input::Continue { by: by() });
    assert!(resumed(&desk.input(cancelled(task))).is_empty());
}

#[test]
fn an_agent_lends_its_place_to_one_that_it_starts() {
    let mut desk = Desk::new(RunStart {
        parallel: 1,
        ..RunStart::default()
    });
    let (task, _) = desk.request("s", turn("a", "p", 0));
    let one = helper(&mut desk, task, "one");
    let two = helper(&mut desk, task, "two");
    assert_eq!((resumed(&one).len(), resumed(&two).len()), (1, 0));
    let inner = helper(&mut desk, one.task.unwrap(), "inner");
    assert_eq!(resumed(&inner).len(), 1, "so does that one");
    desk.end(inner.task.unwrap(), "in");
    let result = Ok(cm_types::Reply::default());
    let decided = desk.input(Input::Ended {
        task: one.task.unwrap(),
        result,
    });
    assert_eq!(resumed(&decided), [(two.task.unwrap(), None)]);
    let summary = Summary::of(desk.core.run());
    let steps = summary.steps.iter();
    let steps: Vec<_> = steps
        .map(|s| (s.id.as_str(), s.label.as_str(), s.kind.as_str()))
        .collect();
    assert_eq!(steps, [("s", "s", "turn"), ("s/helper", "helper", "agent")]);
}

#[test]
fn what_two_agents_start_is_not_the_same_work() {
    let mut desk = Desk::new(RunStart::default());
    let (one, _) = desk.request("s", turn("a", "p", 0));
    let (two, _) = desk.request("t", turn("a", "q", 0));
    let first = helper(&mut desk, one, "help").task.unwrap();
    let second = helper(&mut desk, two, "help").task.unwrap();
    let key = |id: u32| desk.core.run().tasks[id as usize].key.idempotency("r");
    assert_ne!(key(first), key(second));
}

#[test]
fn what_an_agent_started_ends_with_it() {
    let mut desk = Desk::new(RunStart::default());
    let (task, _) = desk.request("s", turn("a", "p", 0));
    let child = helper(&mut desk, task, "help").task.unwrap();
    let decided = desk.input(skip("s"));
    assert_eq!(
        decided.commands,
        [Command::Stop { task }, Command::Stop { task: child }]
    );
    let result = desk.core.run().tasks[child as usize].result().cloned();
    assert_eq!(result, Some(Err(Error::Cancelled)));
    let refused = helper(&mut desk, task, "more").refused;
    assert_eq!(refused.unwrap().code, "not-at-work");
}

#[test]
fn what_a_held_agent_started_goes_on_when_it_asks_again() {
    let mut desk = Desk::new(RunStart::default());
    let (task, _) = desk.request("s", turn("a", "p", 0));
    let done = helper(&mut desk, task, "done").task.unwrap();
    desk.end(done, "done");
    let child = helper(&mut desk, task, "help").task.unwrap();
    desk.input(session(task));
    desk.input(pause(true));
    desk.input(cancelled(task));
    desk.input(cancelled(child));
    let decided = desk.input(Input::Continue { by: by() });
    assert_eq!(
        resumed(&decided),
        [(task, at_talk(None))],
        "nobody waits for the child"
    );
    let again = helper(&mut desk, task, "help");
    assert_eq!((again.task, resumed(&again).len()), (Some(child), 1));
    let anew = helper(&mut desk, task, "done").task;
    assert_ne!(
        anew,
        Some(done),
        "in the same conversation it means it again"
    );
}

#[test]
fn killed_work_finds_what_its_agents_had_finished() {
    let mut desk = Desk::new(RunStart::default());
    let (task, _) = desk.request("s", turn("a", "p", 0));
    let done = helper(&mut desk, task, "done").task.unwrap();
    desk.end(done, "done");
    desk.resume();
    desk.request("s", turn("a", "p", 0));
    assert_eq!(helper(&mut desk, task, "done").task, Some(done));
}
