//! Who answers, what may be answered, and what happens when somebody else drives.

use cm_orchestrator::{Answerer, Command, Decided, Event, Input, RunEnd, RunStart, TaskState};
use cm_types::{
    Controller, Decision, Digest, Error, Failure, Mode, Outline, OutlineStep, Placement,
    QuestionKind, QuestionWork, TurnEvent, TurnWork, Work,
};

use crate::{edits::Desk, program::turn};

fn by() -> String {
    "me".into()
}

fn gate(kind: QuestionKind) -> QuestionWork {
    QuestionWork {
        kind,
        prompt: format!("{kind:?}"),
        interactive: true,
        ..QuestionWork::default()
    }
}

fn controller(turns: u32) -> Input {
    Input::Entrust {
        controller: Controller::Agent(Box::new(TurnWork {
            agent: "lead".into(),
            ..TurnWork::default()
        })),
        turns,
    }
}

/// A desk in this mode, with a controller.
fn desk(mode: Mode) -> Desk {
    let mut desk = Desk::new(RunStart {
        mode,
        ..RunStart::default()
    });
    desk.input(controller(2));
    desk
}

fn ask(desk: &mut Desk, step: &str, question: QuestionWork) -> u32 {
    desk.request(step, Work::Question(question)).0
}

fn decision(desk: &Desk, task: u32) -> Option<Decision> {
    let reply = desk.core.run().tasks[task as usize].result()?.clone();
    reply.unwrap().decision
}

fn state(desk: &Desk, task: u32) -> &TaskState {
    &desk.core.run().tasks[task as usize].state
}

fn answer(task: u32, decision: Decision) -> Input {
    Input::Answer {
        task,
        decision,
        by: by(),
        shown: None,
    }
}

fn direct(step: Option<&str>, decision: Decision) -> Input {
    Input::Direct {
        step: step.map(str::to_owned),
        decision,
        now: false,
        by: by(),
    }
}

fn switch(mode: Mode) -> Input {
    Input::Switch { mode, by: by() }
}

fn judges(decided: &Decided) -> Vec<u32> {
    let commands = decided.commands.iter();
    let judges = commands.filter_map(|command| match command {
        Command::Judge(judgement) => Some(judgement.attempt.task),
        _ => None,
    });
    judges.collect()
}

#[test]
fn each_mode_asks_whom_the_table_says() {
    use QuestionKind::{Approval, Checkpoint, Question, Turn};
    let (person, judge, nobody) = ("person", "controller", "nobody");
    for (mode, kind, interactive, personal, who) in [
        (Mode::Manual, Turn, false, false, person),
        (Mode::Manual, Turn, true, false, person),
        (Mode::Hybrid, Turn, true, false, person),
        (Mode::Hybrid, Turn, false, false, nobody),
        (Mode::Continuous, Turn, true, false, nobody),
        (Mode::Autonomous, Turn, true, false, judge),
        (Mode::Autonomous, Turn, false, false, nobody),
        (Mode::Autonomous, Turn, true, true, person),
        (Mode::Manual, Question, true, false, person),
        (Mode::Hybrid, Approval, false, false, person),
        (Mode::Continuous, Checkpoint, false, false, person),
        (Mode::Autonomous, Question, false, false, judge),
        (Mode::Autonomous, Approval, false, false, judge),
        (Mode::Autonomous, Approval, false, true, person),
        (Mode::Autonomous, Checkpoint, false, false, judge),
    ] {
        let mut desk = desk(mode);
        let task = ask(
            &mut desk,
            "s",
            QuestionWork {
                interactive,
                personal,
                ..gate(kind)
            },
        );
        let asked = match state(&desk, task) {
            TaskState::Asking => person,
            TaskState::Judging => judge,
            TaskState::Finished { .. } => nobody,
            other => panic!("{other:?}"),
        };
        assert_eq!(asked, who, "{mode:?} {kind:?} {interactive} {personal}");
        if who == nobody {
            assert_eq!(decision(&desk, task), Some(Decision::Next));
            let by = desk.journal.iter().rev().find_map(|event| match event {
                Event::Finished { by, shown, .. } => Some((by.clone(), *shown)),
                _ => None,
            });
            assert_eq!(by, Some((Some(mode.as_str().into()), None)));
        }
    }
}

#[test]
fn without_a_controller_a_person_is_asked() {
    let mut desk = Desk::new(RunStart {
        mode: Mode::Autonomous,
        ..RunStart::default()
    });
    let task = ask(&mut desk, "s", gate(QuestionKind::Turn));
    assert_eq!(*state(&desk, task), TaskState::Asking);
}

#[test]
fn yes_answers_in_the_persons_place() {
    for (kind, wanted) in [
        (QuestionKind::Turn, Some(Decision::Next)),
        (QuestionKind::Checkpoint, Some(Decision::Next)),
        (QuestionKind::Approval, Some(Decision::Approve)),
        (QuestionKind::Question, None),
    ] {
        let mut desk = Desk::new(RunStart {
            mode: Mode::Manual,
            yes: true,
            ..RunStart::default()
        });
        let task = ask(&mut desk, "s", gate(kind));
        assert_eq!(decision(&desk, task), wanted, "{kind:?}");
    }
}

#[test]
fn only_what_the_kind_allows_is_an_answer() {
    use Decision as D;
    let all = [
        D::Next,
        D::Reply("x".into()),
        D::Skip,
        D::Back("s".into()),
        D::Stop("x".into()),
        D::Approve,
        D::Reject("x".into()),
        D::Revise("x".into()),
        D::Ask("x".into()),
    ];
    for (kind, words) in [
        (QuestionKind::Question, "reply"),
        (QuestionKind::Turn, "next reply"),
        (QuestionKind::Approval, "approve reject revise"),
        (QuestionKind::Checkpoint, "next"),
    ] {
        for said in &all {
            let mut desk = desk(Mode::Manual);
            let task = ask(&mut desk, "s", gate(kind));
            let refused = desk.input(answer(task, said.clone())).refused;
            let allowed = format!("{words} skip back stop");
            if allowed.split(' ').any(|word| word == said.word()) {
                assert!(refused.is_none(), "{kind:?} {said:?}");
                assert_eq!(decision(&desk, task).as_ref(), Some(said));
            } else {
                let failure = refused.expect("a refusal");
                assert_eq!(failure.code, "not-possible");
                let list = words.replace(' ', ", ");
                assert!(failure.message.contains(&list), "{}", failure.message);
                assert_eq!(*state(&desk, task), TaskState::Asking);
            }
        }
    }
}

#[test]
fn what_has_changed_since_it_was_looked_at_is_not_approved() {
    let mut desk = desk(Mode::Manual);
    let task = ask(&mut desk, "s", gate(QuestionKind::Approval));
    let stale = Input::Answer {
        task,
        decision: Decision::Approve,
        by: by(),
        shown: Some(Digest::of(b"something else")),
    };
    let refused = desk.input(stale).refused.unwrap();
    assert_eq!(refused.code, "changed");
    let shown = desk.core.run().shown(task);
    assert!(shown.is_some());
    let decided = desk.input(Input::Answer {
        task,
        decision: Decision::Approve,
        by: by(),
        shown,
    });
    assert!(matches!(
        decided.events.as_slice(),
        [Event::Finished { shown: kept, by: Some(who), .. }] if *kept == shown && who == "me"
    ));
}

#[test]
fn the_reply_that_is_shown_is_part_of_the_digest() {
    let digest = |said: &str| {
        let mut desk = desk(Mode::Manual);
        let (about, _) = desk.request("s", turn("a", "p", 0));
        desk.end(about, said);
        let task = ask(
            &mut desk,
            "s",
            QuestionWork {
                about: Some(about),
                ..gate(QuestionKind::Turn)
            },
        );
        assert_eq!(desk.core.run().about(task).unwrap().text, said);
        desk.core.run().shown(task)
    };
    assert_eq!(digest("one"), digest("one"));
    assert_ne!(digest("one"), digest("two"));
}

#[test]
fn the_controller_is_asked_one_thing_at_a_time() {
    let mut desk = desk(Mode::Autonomous);
    let first = ask(&mut desk, "a", gate(QuestionKind::Turn));
    let second = ask(&mut desk, "b", gate(QuestionKind::Approval));
    assert_eq!(*state(&desk, second), TaskState::Judging);
    let session = TurnEvent::Session("conversation".into());
    desk.input(Input::Turn {
        task: first,
        event: session,
    });
    let next = desk.input(Input::Judged {
        task: first,
        result: Ok(Decision::Next),
    });
    assert_eq!(judges(&next), [second]);
    let Some(Command::Judge(judgement)) = next.commands.last() else {
        panic!("{next:?}")
    };
    assert_eq!(judgement.session.as_deref(), Some("conversation"));
    assert_eq!(judgement.observation.kind, "approval");
    assert_eq!(decision(&desk, first), Some(Decision::Next));
}

#[test]
fn what_the_controller_cannot_decide_goes_to_a_person_with_the_reason() {
    let weather = Error::Unavailable(Failure::new("overloaded", "too busy"));
    for (result, why) in [
        (Ok(Decision::Ask("which colour?".into())), "which colour?"),
        (Err(weather), "too busy"),
        (Ok(Decision::Approve), "possible are: next, reply"),
    ] {
        let mut desk = desk(Mode::Autonomous);
        let task = ask(&mut desk, "s", gate(QuestionKind::Turn));
        let decided = desk.input(Input::Judged { task, result });
        assert!(matches!(decided.commands.as_slice(), [Command::Ask(_)]));
        let assigned = desk.core.run().tasks[task as usize].assigned.clone();
        let Some((Answerer::Person, Some(reason))) = assigned else {
            panic!("{assigned:?}")
        };
        assert!(reason.contains(why), "{reason}");
        // After a restart it is still the person's.
        desk.resume();
        desk.input(controller(2));
        ask(&mut desk, "s", gate(QuestionKind::Turn));
        assert_eq!(*state(&desk, task), TaskState::Asking);
    }
}

#[test]
fn the_turn_limit_survives_a_restart() {
    let mut desk = desk(Mode::Autonomous);
    for round in 0..2 {
        let task = ask(&mut desk, "s", gate(QuestionKind::Turn));
        let result = Ok(Decision::Reply(format!("again {round}")));
        desk.input(Input::Judged { task, result });
        assert!(decision(&desk, task).is_some(), "round {round}");
    }
    desk.resume();
    desk.input(controller(2));
    for _ in 0..2 {
        ask(&mut desk, "s", gate(QuestionKind::Turn));
    }
    let third = ask(&mut desk, "s", gate(QuestionKind::Turn));
    let result = Ok(Decision::Reply("and again".into()));
    desk.input(Input::Judged {
        task: third,
        result,
    });
    assert_eq!(*state(&desk, third), TaskState::Asking);
    desk.input(answer(third, Decision::Reply("mine".into())));
    // A person has spoken: the count begins anew.
    let fourth = ask(&mut desk, "s", gate(QuestionKind::Turn));
    let result = Ok(Decision::Reply("ok".into()));
    desk.input(Input::Judged {
        task: fourth,
        result,
    });
    assert_eq!(decision(&desk, fourth), Some(Decision::Reply("ok".into())));
}

#[test]
fn a_switch_stops_the_judgement_and_what_it_says_later_is_nothing() {
    let mut desk = desk(Mode::Autonomous);
    let task = ask(&mut desk, "s", gate(QuestionKind::Turn));
    let decided = desk.input(switch(Mode::Manual));
    assert!(matches!(
        decided.commands.as_slice(),
        [Command::Stop { task: stopped }, Command::Ask(_)] if *stopped == task
    ));
    // Back before the controller has let go: it is asked again only after that.
    let back = desk.input(switch(Mode::Autonomous));
    assert_eq!(back.commands, [Command::Withdraw { task }]);
    let late = desk.input(Input::Judged {
        task,
        result: Ok(Decision::Stop("late".into())),
    });
    assert_eq!(judges(&late), [task]);
    assert_eq!(*state(&desk, task), TaskState::Judging);
    let gone = desk.input(switch(Mode::Continuous));
    assert_eq!(gone.commands, [Command::Stop { task }]);
    assert_eq!(decision(&desk, task), Some(Decision::Next));
}

#[test]
fn a_person_may_answer_for_the_controller() {
    let mut desk = desk(Mode::Autonomous);
    let task = ask(&mut desk, "s", gate(QuestionKind::Approval));
    let decided = desk.input(answer(task, Decision::Approve));
    assert_eq!(decided.commands, [Command::Stop { task }]);
    let before = desk.journal.len();
    desk.input(Input::Judged {
        task,
        result: Ok(Decision::Reject("no".into())),
    });
    assert_eq!(desk.journal.len(), before);
    assert_eq!(decision(&desk, task), Some(Decision::Approve));
}

#[test]
fn a_locked_mode_and_a_missing_controller_are_named() {
    for (autonomous, named, code) in [
        ("never", Some("lead"), "mode-locked"),
        ("always", Some("lead"), "mode-locked"),
        ("start-manual", None, "no-controller"),
    ] {
        let outline = Outline {
            autonomous: autonomous.into(),
            controller: named.map(str::to_owned),
            ..Outline::default()
        };
        let mut desk = Desk::new(RunStart {
            outline: Some(outline),
            ..RunStart::default()
        });
        let refused = desk.input(switch(Mode::Autonomous)).refused.unwrap();
        assert_eq!(refused.code, code);
        assert_eq!(desk.core.run().mode, Mode::Continuous);
    }
}

#[test]
fn a_talk_is_heard_in_its_turn_and_after_a_restart() {
    let mut desk = desk(Mode::Autonomous);
    let task = ask(&mut desk, "s", gate(QuestionKind::Turn));
    let text = || "be strict".to_owned();
    let talk = desk.input(Input::Talk {
        text: text(),
        by: by(),
    });
    assert_eq!(judges(&talk), [0; 0], "the controller is busy");
    let talk = talk.task.unwrap();
    let next = desk.input(Input::Judged {
        task,
        result: Ok(Decision::Next),
    });
    assert_eq!(judges(&next), [talk]);
    let run = cm_orchestrator::Run::replay(desk.journal.iter().map(|event| (0, event)));
    desk.core = cm_orchestrator::Core::new("r", run);
    let resumed = desk.input(Input::Resume {
        host: "t".into(),
        workflow: Digest::of(b"w"),
        outline: Outline::default(),
    });
    assert_eq!(judges(&resumed), [talk]);
    desk.end(talk, "I will be");
    assert!(desk.core.run().tasks[talk as usize].result().is_some());
    let mut alone = Desk::new(RunStart::default());
    let refused = alone.input(Input::Talk {
        text: text(),
        by: by(),
    });
    assert_eq!(refused.refused.unwrap().code, "no-controller");
}

#[test]
fn the_step_that_is_meant_must_be_clear() {
    let mut desk = desk(Mode::Manual);
    let none = desk.input(direct(None, Decision::Skip)).refused.unwrap();
    assert_eq!(none.code, "not-active");
    let first = ask(&mut desk, "a", gate(QuestionKind::Turn));
    let second = ask(&mut desk, "b", gate(QuestionKind::Approval));
    let two = desk.input(direct(None, Decision::Next)).refused.unwrap();
    assert_eq!(two.code, "which-step");
    assert!(two.message.contains("a, b"), "{}", two.message);
    let wrong = desk.input(direct(Some("c"), Decision::Next));
    assert_eq!(wrong.refused.unwrap().code, "not-active");
    let wrong = desk.input(direct(Some("a"), Decision::Approve));
    assert_eq!(wrong.refused.unwrap().code, "not-asking");
    let decided = desk.input(direct(Some("b"), Decision::Revise("shorter".into())));
    assert_eq!(decided.commands, [Command::Withdraw { task: second }]);
    desk.input(direct(None, Decision::Next));
    assert_eq!(decision(&desk, first), Some(Decision::Next));
}

#[test]
fn back_goes_to_a_step_that_there_is() {
    let step = OutlineStep {
        id: "plan".into(),
        kind: "agent".into(),
        label: "Plan".into(),
        parent: None,
        engine: None,
        when: Default::default(),
        options: Vec::new(),
        ..OutlineStep::default()
    };
    let mut desk = Desk::new(RunStart {
        mode: Mode::Manual,
        outline: Some(Outline {
            steps: vec![step],
            ..Outline::default()
        }),
        ..RunStart::default()
    });
    let task = ask(&mut desk, "plan", gate(QuestionKind::Turn));
    for input in [
        direct(None, Decision::Back("nowhere".into())),
        answer(task, Decision::Back("nowhere".into())),
    ] {
        let refused = desk.input(input).refused.unwrap();
        assert_eq!(refused.code, "no-such-step");
        assert!(refused.message.contains("plan"));
    }
    desk.input(direct(None, Decision::Back("plan".into())));
    assert_eq!(decision(&desk, task), Some(Decision::Back("plan".into())));
}

#[test]
fn after_a_stop_the_question_is_open_again() {
    let mut desk = desk(Mode::Manual);
    let (turn, _) = desk.request("s", turn("a", "p", 0));
    desk.end(turn, "done");
    let task = ask(&mut desk, "s", gate(QuestionKind::Turn));
    desk.input(answer(task, Decision::Stop("lunch".into())));
    let error = Error::Other(Failure::new("stopped", "lunch"));
    // The turn before it was good, whatever became of the step.
    desk.input(Input::Mark {
        place: Placement {
            step: "s".into(),
            parent: None,
            label: None,
        },
        state: "failed".into(),
        note: None,
    });
    desk.input(Input::Returned { result: Err(error) });
    assert!(matches!(desk.core.run().end, Some(RunEnd::Failed { .. })));
    assert_eq!(desk.core.run().failed_tasks(), [task]);
    desk.resume();
    assert_eq!(ask(&mut desk, "s", gate(QuestionKind::Turn)), task);
    assert_eq!(*state(&desk, task), TaskState::Asking);
}

#[test]
fn letting_go_stops_the_judgement() {
    let mut desk = desk(Mode::Autonomous);
    let task = ask(&mut desk, "s", gate(QuestionKind::Turn));
    let reason = "Ctrl-C".to_owned();
    let decided = desk.input(Input::Interrupt { reason });
    assert_eq!(decided.commands, [Command::Stop { task }]);
}

#[test]
fn a_gate_that_nobody_was_asked_does_not_count_as_work() {
    let mut desk = desk(Mode::Continuous);
    let (turn, _) = desk.request("s", turn("a", "p", 0));
    desk.end(turn, "done");
    ask(&mut desk, "s", gate(QuestionKind::Turn));
    let summary = cm_orchestrator::Summary::of(desk.core.run());
    assert_eq!((summary.finished, summary.attempts), (1, 1));
    assert_eq!((summary.steps[0].tasks, summary.steps[0].attempts), (1, 1));
}

#[test]
fn what_the_controller_costs_stands_in_a_line_of_its_own() {
    let mut desk = desk(Mode::Autonomous);
    let task = ask(&mut desk, "s", gate(QuestionKind::Turn));
    let usage = cm_types::Usage {
        input: 7,
        ..Default::default()
    };
    desk.input(Input::Turn {
        task,
        event: TurnEvent::Usage(usage),
    });
    let summary = cm_orchestrator::Summary::of(desk.core.run());
    let inputs = summary.steps.iter().map(|s| (s.id.as_str(), s.usage.input));
    let inputs: Vec<_> = inputs.collect();
    assert_eq!(inputs, [("s", 0), ("controller", 7)]);
    assert_eq!(summary.usage.input, 7);
}
