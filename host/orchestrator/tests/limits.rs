//! Accounts that take no more for a while, and work that is tried again.

use cm_orchestrator::{Command, Decided, Input, RunStart, Status, Summary, TaskState};
use cm_types::{
    Controller, Decision, Error, Failure, Mode, Policy, QuestionKind, QuestionWork, TurnWork, Work,
};

use crate::clerk::{Clerk, limited, prompt};

const HOUR: u32 = 3_600_000;

fn clerk() -> Clerk {
    Clerk::new(RunStart::default())
}

#[test]
fn what_goes_to_the_same_account_waits_and_goes_on_by_itself() {
    let mut clerk = clerk();
    let first = clerk.ask("x", "claude", Policy::default());
    clerk.limit(first, "account", HOUR);
    let second = clerk.ask("y", "claude", Policy::default());
    let other = clerk.ask("z", "codex", Policy::default());
    assert_eq!(clerk.at_work(), [other], "another engine goes on");
    let until_ms = 1_000 + u64::from(HOUR);
    for task in [first, second] {
        assert_eq!(*clerk.state(task), TaskState::Waiting { until_ms });
    }
    clerk.end(other);
    let summary = Summary::of(clerk.core.run());
    assert_eq!(summary.status, Status::Waiting);
    let waiting = summary.waiting.expect("a moment");
    assert_eq!(
        (waiting.until_ms, waiting.why.as_deref()),
        (until_ms, Some("limit"))
    );
    clerk.wake();
    clerk.wake();
    assert_eq!(clerk.at_work(), [first, second]);
    assert_eq!(clerk.now, until_ms);
    assert!(Summary::of(clerk.core.run()).waiting.is_none());
}

#[test]
fn a_limit_outlives_the_process() {
    let mut clerk = clerk();
    let first = clerk.ask("x", "claude", Policy::default());
    clerk.limit(first, "account", HOUR);
    clerk.now += 60_000;
    clerk.crash();
    assert_eq!(clerk.ask("x", "claude", Policy::default()), first);
    let second = clerk.ask("y", "claude", Policy::default());
    assert!(clerk.at_work().is_empty(), "the account is still closed");
    clerk.wake();
    clerk.wake();
    assert_eq!(clerk.at_work(), [first, second]);
    assert_eq!(clerk.now, 1_000 + u64::from(HOUR));
    // Killed again, and resumed when it is over already: it goes on at once.
    clerk.crash();
    clerk.ask("x", "claude", Policy::default());
    assert_eq!(clerk.at_work(), [first]);
}

#[test]
fn a_limit_of_a_model_or_of_the_service_holds_nobody_else() {
    for scope in ["model", "service"] {
        let mut clerk = clerk();
        let of_model = |agent: &str, model: &str| {
            let mut work = prompt(agent, "claude", "");
            if let Work::Turn(turn) = &mut work {
                turn.model = Some(model.into());
            }
            work
        };
        let first = clerk.request(None, of_model("x", "large"), Policy::default());
        clerk.limit(first, scope, HOUR);
        clerk.request(None, of_model("y", "small"), Policy::default());
        assert_eq!(clerk.at_work().len(), 1, "{scope}");
    }
}

#[test]
fn what_is_not_to_wait_fails_at_once_so_that_another_engine_can_take_over() {
    let mut clerk = clerk();
    let fail = || Policy {
        at_limit: Some("fail".into()),
        attempts: 5,
        ..Policy::default()
    };
    let first = clerk.ask("x", "claude", fail());
    clerk.limit(first, "account", HOUR);
    let second = clerk.ask("y", "claude", fail());
    for task in [first, second] {
        let result = clerk.core.run().tasks[task as usize].result();
        let Some(Err(Error::Exhausted(failure))) = result else {
            panic!("{result:?}");
        };
        assert_eq!(failure.code, "usage-limit");
    }
    assert_eq!(
        clerk.core.run().tasks[second as usize].attempts,
        0,
        "it was not even begun"
    );
    let third = clerk.ask("x", "codex", fail());
    assert_eq!(clerk.at_work(), [third]);
}

#[test]
fn what_another_run_was_told_holds_too_and_what_is_over_does_not() {
    let mut clerk = clerk();
    let limit = |until_ms| Input::Limit {
        engine: "claude".into(),
        model: None,
        until_ms,
        why: "limit".into(),
    };
    assert!(clerk.input(limit(900)).events.is_empty(), "that is past");
    assert!(
        clerk.input(limit(u64::MAX)).events.is_empty(),
        "nobody waits so long"
    );
    assert_eq!(clerk.input(limit(9_000)).events.len(), 1);
    assert!(clerk.input(limit(9_000)).events.is_empty(), "that is known");
    let task = clerk.ask("x", "claude", Policy::default());
    assert!(clerk.at_work().is_empty());
    assert_eq!(clerk.core.run().status(), Status::Waiting);
    clerk.wake();
    assert_eq!(clerk.at_work(), [task]);
}

#[test]
fn a_limit_that_is_over_a_month_away_fails_and_says_what_to_do() {
    let mut clerk = clerk();
    let first = clerk.ask("x", "claude", Policy::default());
    clerk.limit(first, "account", u32::MAX);
    let Some(Err(error)) = clerk.core.run().tasks[first as usize].result() else {
        panic!("it waits");
    };
    assert!(error.to_string().contains("--engine"), "{error}");
    let second = clerk.ask("y", "claude", Policy::default());
    assert_eq!(clerk.at_work(), [second], "and holds nobody");
}

#[test]
fn a_limit_that_is_over_already_is_asked_ever_more_seldom() {
    let mut clerk = clerk();
    let task = clerk.ask("x", "claude", Policy::default());
    for _ in 0..12 {
        clerk.limit(task, "account", 0);
        clerk.wake();
    }
    assert!(clerk.now > 20 * 60_000, "that was a loop: {}", clerk.now);
}

#[test]
fn tries_are_spread_and_a_replay_agrees() {
    let wait = |agent: &str| {
        let mut clerk = clerk();
        let policy = Policy {
            attempts: 2,
            backoff_ms: Some(10_000),
            ..Policy::default()
        };
        let task = clerk.ask(agent, "claude", policy);
        let busy = Failure::new("overloaded", "busy").retryable();
        clerk.ends(task, Err(Error::Unavailable(busy)));
        let TaskState::Waiting { until_ms } = *clerk.state(task) else {
            panic!("it is tried again");
        };
        clerk.crash();
        assert_eq!(*clerk.state(task), TaskState::Waiting { until_ms });
        until_ms - 1_000
    };
    let waits: Vec<u64> = (0..20).map(|n| wait(&format!("a{n}"))).collect();
    assert!(
        waits.iter().all(|wait| (8_000..=12_000).contains(wait)),
        "{waits:?}"
    );
    assert!(waits.iter().any(|wait| *wait != waits[0]), "all at once");
    assert_eq!(wait("a1"), waits[1], "the same work, the same wait");
}

fn entrust(clerk: &mut Clerk) {
    clerk.input(Input::Entrust {
        controller: Controller::Agent(Box::new(TurnWork {
            agent: "lead".into(),
            engine: Some("claude".into()),
            ..TurnWork::default()
        })),
        turns: 5,
    });
}

/// An autonomous run, and a question that is with its controller.
fn with_controller() -> (Clerk, u32) {
    let mut clerk = Clerk::new(RunStart {
        mode: Mode::Autonomous,
        ..RunStart::default()
    });
    entrust(&mut clerk);
    let question = approval(&mut clerk);
    (clerk, question)
}

fn approval(clerk: &mut Clerk) -> u32 {
    let question = Work::Question(QuestionWork {
        kind: QuestionKind::Approval,
        ..QuestionWork::default()
    });
    clerk.request(None, question, Policy::default())
}

fn judges(decided: &Decided) -> usize {
    let judge = |command: &&Command| matches!(command, Command::Judge(_));
    decided.commands.iter().filter(judge).count()
}

fn judged(clerk: &mut Clerk, task: u32, after_ms: u32) -> Decided {
    let result = Err(limited(after_ms));
    clerk.input(Input::Judged { task, result })
}

#[test]
fn a_limit_of_the_controller_is_waited_for_too() {
    let (mut clerk, question) = with_controller();
    assert_eq!(judges(&judged(&mut clerk, question, HOUR)), 0);
    let until_ms = 1_000 + u64::from(HOUR);
    assert_eq!(*clerk.state(question), TaskState::Judging);
    assert_eq!(clerk.count("limited"), 1);
    let waiting = Summary::of(clerk.core.run()).waiting.expect("a moment");
    assert_eq!(waiting.until_ms, until_ms);
    assert_eq!(waiting.engine.as_deref(), Some("claude"));
    // What else goes to the same account waits, too; the host is woken once for each.
    let turn = clerk.ask("x", "claude", Policy::default());
    assert_eq!(*clerk.state(turn), TaskState::Waiting { until_ms });
    assert_eq!(clerk.wakes.len(), 2);
    // Over a crash as well.
    clerk.crash();
    entrust(&mut clerk);
    assert_eq!(approval(&mut clerk), question);
    assert_eq!(clerk.core.run().status(), Status::Waiting);
    assert_eq!(clerk.wakes, [(until_ms, question)]);
    clerk.now = until_ms;
    let decided = clerk.input(Input::Woke { task: question });
    assert_eq!(judges(&decided), 1);
    let result = Ok(Decision::Approve);
    clerk.input(Input::Judged {
        task: question,
        result,
    });
    let result = clerk.core.run().tasks[question as usize].result();
    assert!(result.is_some_and(Result::is_ok));
}

#[test]
fn a_person_need_not_wait_for_the_controllers_account() {
    let (mut clerk, question) = with_controller();
    judged(&mut clerk, question, HOUR);
    let decided = clerk.input(Input::Switch {
        mode: Mode::Manual,
        by: "ada".into(),
    });
    assert!(matches!(decided.commands.as_slice(), [Command::Ask(_)]));
    assert_eq!(*clerk.state(question), TaskState::Asking);
    // The account takes more again, and nobody has to be asked.
    clerk.now += u64::from(HOUR);
    assert_eq!(judges(&clerk.input(Input::Woke { task: question })), 0);
}

#[test]
fn what_another_run_was_told_holds_the_controller() {
    let mut clerk = Clerk::new(RunStart {
        mode: Mode::Autonomous,
        ..RunStart::default()
    });
    clerk.input(Input::Limit {
        engine: "claude".into(),
        model: None,
        until_ms: 9_000,
        why: "limit".into(),
    });
    entrust(&mut clerk);
    let by = "ada".to_owned();
    let text = "be quick".to_owned();
    let talk = clerk.input(Input::Talk { text, by }).task.expect("a task");
    let question = approval(&mut clerk);
    assert_eq!(*clerk.state(talk), TaskState::Waiting { until_ms: 9_000 });
    assert_eq!(clerk.core.run().status(), Status::Waiting);
    clerk.now = 9_000;
    assert_eq!(judges(&clerk.input(Input::Woke { task: question })), 1);
}

#[test]
fn a_limit_of_the_controller_without_an_end_or_with_a_far_one_is_the_persons() {
    let endless = Failure::new("usage-limit", "limit");
    for error in [limited(u32::MAX), Error::Exhausted(endless)] {
        let (mut clerk, task) = with_controller();
        let result = Err(error);
        clerk.input(Input::Judged { task, result });
        assert_eq!(*clerk.state(task), TaskState::Asking);
    }
}

#[test]
fn a_controllers_limit_that_is_over_already_is_no_loop() {
    let (mut clerk, question) = with_controller();
    for _ in 0..12 {
        assert_eq!(judges(&judged(&mut clerk, question, 0)), 0);
        let (at_ms, task) = clerk.wakes.pop().expect("a moment");
        clerk.now = clerk.now.max(at_ms);
        assert_eq!(judges(&clerk.input(Input::Woke { task })), 1);
    }
    assert!(clerk.now > 20 * 60_000, "that was a loop: {}", clerk.now);
}
