//! Agents that say nothing, and what agents ask to be allowed.

use cm_orchestrator::{
    ARGUMENTS, Clock, Command, Core, Decided, Event, Input, RunStart, TOOL, TaskState, Then,
};
use cm_types::{
    Decision, Error, Placement, Policy, QuestionKind, QuestionWork, Reply, Span, TurnEvent, Work,
};
use cm_types::{Digest, Outline};

use crate::program::turn;

/// A core, and the time.
struct Room(Core, u64);

impl Room {
    fn new(yes: bool) -> Self {
        let mut room = Self(Core::new("run", cm_orchestrator::Run::default()), 0);
        let start = RunStart {
            default_engine: "e".into(),
            parallel: 4,
            yes,
            ..RunStart::default()
        };
        room.input(Input::Start(Box::new(start)));
        room.input(Input::Pass { scope: None });
        room
    }

    fn input(&mut self, input: Input) -> Decided {
        self.1 += 1;
        self.0.decide(self.1, input)
    }

    fn turn(&mut self, step: &str, options: &[(&str, &str)]) -> u32 {
        let options = options.iter();
        let policy = Policy {
            options: options
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Policy::default()
        };
        let decided = self.input(Input::Request {
            scope: None,
            place: place(step),
            work: turn(step, "do it", 0),
            policy,
        });
        let task = decided.task.expect("a task");
        let event = TurnEvent::Session("talk".into());
        self.input(Input::Turn { task, event });
        task
    }

    fn silent(&mut self, task: u32) -> Decided {
        self.input(Input::Silent {
            task,
            ms: 500,
            resumes: true,
        })
    }

    /// The program has been stopped.
    fn left(&mut self, task: u32) -> Decided {
        let result = Err(Error::Cancelled);
        self.input(Input::Ended { task, result })
    }

    fn wish(&mut self, scope: u32, tool: &str, arguments: &str) -> u32 {
        let step = self.0.run().task(scope).expect("a turn").place.step.clone();
        let decided = self.input(Input::Request {
            scope: Some(scope),
            place: place(&step),
            work: Work::Question(QuestionWork {
                kind: QuestionKind::Permission,
                prompt: format!("May it use {tool}?"),
                options: vec![
                    (TOOL.to_owned(), tool.to_owned()),
                    (ARGUMENTS.to_owned(), arguments.to_owned()),
                ],
                ..QuestionWork::default()
            }),
            policy: Policy::default(),
        });
        decided.task.expect("a question")
    }

    fn answer(&mut self, task: u32, decision: Decision) -> Decided {
        self.input(Input::Answer {
            task,
            decision,
            by: "ada".into(),
            shown: None,
        })
    }

    fn tell(&mut self, task: u32, granted: bool) {
        let why = None;
        self.input(Input::Told { task, granted, why });
    }

    fn decision(&self, task: u32) -> Option<Decision> {
        let reply = self.0.run().task(task)?.result()?.as_ref().ok()?;
        reply.decision.clone()
    }

    fn state(&self, task: u32) -> &TaskState {
        &self.0.run().task(task).expect("a task").state
    }

    /// The driver is lost, and somebody goes on.
    fn crash(&mut self) {
        let run = self.0.run().clone();
        self.0 = Core::new("run", run);
        self.input(Input::Resume {
            host: "x".into(),
            workflow: Digest::of(b"x"),
            outline: Outline::default(),
        });
        self.input(Input::Pass { scope: None });
    }
}

fn place(step: &str) -> Placement {
    Placement {
        step: step.into(),
        parent: None,
        label: None,
    }
}

fn late(decided: &Decided) -> Vec<(Clock, Then)> {
    let events = decided.events.iter();
    let late = events.filter_map(|event| match event {
        Event::Late { late, .. } => Some((late.clock, late.then)),
        _ => None,
    });
    late.collect()
}

fn sent(decided: &Decided) -> Option<(Option<u64>, String)> {
    decided.commands.iter().find_map(|command| match command {
        Command::Perform(attempt) => {
            let resumed = attempt.resumed.as_ref()?;
            Some((resumed.nudged, resumed.session.clone()))
        }
        _ => None,
    })
}

#[test]
fn who_says_nothing_is_told_to_go_on_as_often_as_the_policy_has_it() {
    for nudges in [0, 1, 3] {
        let mut room = Room::new(false);
        let task = room.turn("s", &[("nudges", &nudges.to_string())]);
        for _ in 0..nudges {
            let decided = room.silent(task);
            assert_eq!(late(&decided), [(Clock::Idle, Then::Nudged)]);
            assert!(decided.commands.contains(&Command::Stop { task }));
            let again = room.left(task);
            assert_eq!(sent(&again), Some((Some(500), "talk".into())));
        }
        let decided = room.silent(task);
        assert_eq!(late(&decided), [(Clock::Idle, Then::Stopped)]);
        assert!(decided.commands.is_empty(), "who told of it stops it");
    }
}

#[test]
fn a_crash_neither_forgets_a_nudge_nor_the_conversation() {
    let mut room = Room::new(false);
    let task = room.turn("s", &[]);
    room.silent(task);
    room.left(task);
    room.crash();
    let decided = room.input(Input::Request {
        scope: None,
        place: place("s"),
        work: turn("s", "do it", 0),
        policy: Policy::default(),
    });
    assert_eq!(decided.task, Some(task));
    assert_eq!(sent(&decided), Some((Some(500), "talk".into())));
    assert_eq!(late(&room.silent(task)), [(Clock::Idle, Then::Stopped)]);
}

#[test]
fn without_a_conversation_nobody_is_told_anything() {
    let mut room = Room::new(false);
    let task = room.turn("s", &[]);
    let decided = room.input(Input::Silent {
        task,
        ms: 500,
        resumes: false,
    });
    assert_eq!(late(&decided), [(Clock::Idle, Then::Stopped)]);
    assert_eq!(*room.state(task), TaskState::Running);
}

#[test]
fn what_is_allowed_holds_for_the_same_and_for_nothing_wider() {
    for (span, here, elsewhere) in [
        (Span::Once, false, false),
        (Span::Step, true, false),
        (Span::Run, true, true),
    ] {
        let mut room = Room::new(false);
        let (one, two) = (room.turn("one", &[]), room.turn("two", &[]));
        let asked = room.wish(one, "Bash", "push");
        assert_eq!(*room.state(asked), TaskState::Asking);
        room.answer(asked, Decision::approve_for(span));
        room.tell(asked, true);
        let again = room.wish(one, "Bash", "push");
        assert_ne!(again, asked, "it was used");
        assert_eq!(room.decision(again).is_some(), here, "{span:?}");
        let other = room.wish(two, "Bash", "push");
        assert_eq!(room.decision(other).is_some(), elsewhere, "{span:?}");
        for (tool, arguments) in [("Bash", "push it"), ("Bash", ""), ("bash", "push")] {
            let wider = room.wish(one, tool, arguments);
            assert_eq!(room.decision(wider), None, "{span:?} {tool} {arguments}");
        }
    }
}

#[test]
fn words_and_other_decisions_are_no_yes() {
    let mut room = Room::new(false);
    let turn = room.turn("one", &[]);
    let asked = room.wish(turn, "Bash", "push");
    for decision in [
        Decision::Reply("yes".into()),
        Decision::Reply("run".into()),
        Decision::Next,
        Decision::Revise("approve".into()),
        Decision::Other(cm_types::Extension {
            kind: "approve-for".into(),
            body: "ever".into(),
        }),
    ] {
        let refused = room.answer(asked, decision.clone()).refused;
        assert!(refused.is_some(), "{decision:?}");
        assert_eq!(*room.state(asked), TaskState::Asking);
    }
    // And what is a yes here is none to an approval.
    let approval = room.input(Input::Request {
        scope: None,
        place: place("ship"),
        work: Work::Question(QuestionWork {
            kind: QuestionKind::Approval,
            prompt: "Ship it?".into(),
            ..QuestionWork::default()
        }),
        policy: Policy::default(),
    });
    let approval = approval.task.expect("a question");
    let refused = room
        .answer(approval, Decision::approve_for(Span::Run))
        .refused;
    assert!(refused.is_some());
}

#[test]
fn a_question_with_a_time_ends_when_it_is_over_and_not_before() {
    let mut room = Room::new(false);
    let decided = room.input(Input::Request {
        scope: None,
        place: place("ask"),
        work: Work::Question(QuestionWork::default()),
        policy: Policy {
            timeout_ms: Some(100),
            ..Policy::default()
        },
    });
    let task = decided.task.expect("a question");
    let wake = decided.commands.iter().find_map(|command| match command {
        Command::Wake { at_ms, .. } => Some(*at_ms),
        _ => None,
    });
    let at_ms = wake.expect("its time is looked at");
    room.1 = at_ms - 2;
    assert!(room.input(Input::Woke { task }).events.is_empty());
    let over = room.input(Input::Woke { task });
    assert_eq!(late(&over), [(Clock::Answer, Then::Stopped)]);
    assert!(over.commands.contains(&Command::Withdraw { task }));
    let result = room
        .0
        .run()
        .task(task)
        .and_then(|task| task.result().cloned());
    let code = result.and_then(|it| it.err()?.failure().map(|it| it.code.clone()));
    assert_eq!(code.as_deref(), Some("timeout"));
    let refused = room
        .answer(task, Decision::Reply("too late".into()))
        .refused;
    assert!(refused.is_some());
}

#[test]
fn a_turn_that_was_denied_something_is_in_doubt_only_when_it_says_it_is_done() {
    let mut room = Room::new(false);
    let task = room.turn("one", &[]);
    let asked = room.wish(task, "Bash", "push");
    room.answer(asked, Decision::Reject("no".into()));
    room.tell(asked, false);
    let doubt = |room: &Room| room.0.run().task(task).and_then(|task| task.doubt());
    assert_eq!(doubt(&room), None);
    room.input(Input::Ended {
        task,
        result: Ok(Reply::default()),
    });
    assert!(doubt(&room).is_some_and(|doubt| doubt.contains("Bash")));
}

#[test]
fn yes_to_everything_is_once() {
    let mut room = Room::new(true);
    let task = room.turn("one", &[]);
    let asked = room.wish(task, "Bash", "push");
    assert_eq!(room.decision(asked), Some(Decision::Approve));
    assert!(room.0.run().permits.is_empty());
}
