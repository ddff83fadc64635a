//! What a run may use.

use cm_orchestrator::{BUDGET, Event, Input, RunStart, Status, Summary, TaskState};
use cm_types::{Budget, Policy};

use crate::{
    clerk::{Clerk, prompt},
    program::command,
};

fn tokens(tokens: f64) -> Budget {
    Budget {
        tokens: Some(tokens),
        ..Budget::default()
    }
}

fn clerk(budget: Budget) -> Clerk {
    Clerk::new(RunStart {
        budget,
        ..RunStart::default()
    })
}

fn ask(clerk: &mut Clerk, agent: &str, text: &str) -> u32 {
    clerk.request(None, prompt(agent, "a", text), Policy::default())
}

fn raise(clerk: &mut Clerk, budget: Budget) -> Option<String> {
    let by = "me".into();
    let refused = clerk.input(Input::Raise { budget, by }).refused;
    refused.map(|failure| failure.code)
}

fn pause(clerk: &Clerk) -> Option<String> {
    let pause = clerk.core.run().paused.as_ref()?;
    assert_eq!(pause.by, BUDGET);
    pause.reason.clone()
}

#[test]
fn what_cannot_be_paid_for_is_not_begun_and_the_run_asks() {
    let mut clerk = clerk(tokens(10_000.0));
    let first = ask(&mut clerk, "x", "1");
    // Nobody knows yet what a turn uses: the first goes alone.
    let second = ask(&mut clerk, "x", "2");
    assert_eq!(clerk.at_work(), [first]);
    assert_eq!(pause(&clerk), None, "one is at work");
    clerk.uses(first, 4_000);
    clerk.end(first);
    assert_eq!(clerk.at_work(), [second], "4,000 and 4,000 are less");
    let third = ask(&mut clerk, "x", "3");
    clerk.uses(second, 4_000);
    clerk.end(second);
    assert!(clerk.at_work().is_empty());
    let why = pause(&clerk).expect("a pause");
    assert!(
        why.starts_with(
            "8000 of 10.0k tokens are used, and the next turn may take 4000; next is step `"
        ),
        "{why}"
    );
    assert_eq!(clerk.core.run().status(), Status::Paused);
    // To go on without more would only stop again.
    let refused = clerk.input(Input::Continue { by: "me".into() }).refused;
    assert_eq!(refused.map(|failure| failure.code), Some("budget".into()));
    assert_eq!(raise(&mut clerk, tokens(1_000.0)), None);
    assert!(clerk.at_work().is_empty(), "that is not enough");
    assert!(pause(&clerk).is_some_and(|why| why.contains("11.0k")));
    assert_eq!(raise(&mut clerk, tokens(1_000.0)), None);
    assert_eq!((clerk.at_work(), pause(&clerk)), (vec![third], None));
}

#[test]
fn the_worst_of_all_that_are_at_work_is_reserved() {
    let mut clerk = clerk(tokens(100_000.0));
    let first = ask(&mut clerk, "x", "1");
    clerk.uses(first, 20_000);
    clerk.end(first);
    let tasks: Vec<u32> = (0..6)
        .map(|n| ask(&mut clerk, "x", &format!("more {n}")))
        .collect();
    assert_eq!(clerk.at_work(), tasks[..4], "20 and four times 20 are 100");
    // What one has used already is not reserved any more, but it is used.
    clerk.uses(tasks[0], 15_000);
    assert_eq!(clerk.at_work().len(), 4);
    clerk.end(tasks[0]);
    assert_eq!(clerk.at_work().len(), 3, "five thousand are free now");
    assert_eq!(pause(&clerk), None);
    for task in &tasks[1..4] {
        clerk.uses(*task, 10_000);
        clerk.end(*task);
    }
    // 65k are used; one more fits, and then none.
    assert_eq!(clerk.at_work(), [tasks[4]]);
    clerk.uses(tasks[4], 30_000);
    clerk.end(tasks[4]);
    assert!(pause(&clerk).is_some());
}

#[test]
fn a_cap_never_interrupts_and_counts_every_try() {
    let mut clerk = clerk(tokens(10_000.0));
    let task = clerk.request(
        None,
        prompt("x", "a", ""),
        Policy {
            attempts: 9,
            ..Policy::default()
        },
    );
    clerk.uses(task, 50_000);
    assert_eq!(clerk.at_work(), [task]);
    assert_eq!(clerk.count("paused"), 0);
    let busy = cm_types::Failure::new("overloaded", "busy").retryable();
    clerk.ends(task, Err(cm_types::Error::Unavailable(busy)));
    clerk.wake();
    assert!(clerk.at_work().is_empty(), "another try costs, too");
    assert!(matches!(
        clerk.state(task),
        TaskState::Waiting { .. } | TaskState::Queued
    ));
    assert!(pause(&clerk).is_some());
}

#[test]
fn somebody_is_told_once_and_again_after_a_raise() {
    let mut clerk = clerk(tokens(10_000.0));
    let task = ask(&mut clerk, "x", "1");
    clerk.uses(task, 7_999);
    assert_eq!(clerk.count("warned"), 0);
    clerk.uses(task, 1);
    clerk.uses(task, 100);
    assert_eq!(clerk.count("warned"), 1);
    let warned = clerk.journal.iter().find_map(|(_, event)| match event {
        Event::Warned { percent, what } => Some((*percent, what.clone())),
        _ => None,
    });
    assert_eq!(warned, Some((80, "8000 of 10.0k tokens are used".into())));
    clerk.crash();
    assert_eq!(clerk.count("warned"), 1, "also over a restart");
    raise(&mut clerk, tokens(10_000.0));
    assert_eq!(clerk.count("warned"), 1);
    let task = ask(&mut clerk, "x", "1");
    clerk.uses(task, 8_000);
    assert_eq!(clerk.count("warned"), 2);
}

#[test]
fn money_and_time_are_limited_like_tokens() {
    let mut clerk = clerk(Budget {
        usd: Some(1.0),
        ..Budget::default()
    });
    let task = ask(&mut clerk, "x", "1");
    clerk.uses(task, 512);
    clerk.end(task);
    let second = ask(&mut clerk, "x", "2");
    assert_eq!(clerk.at_work(), [second], "a half and a half are one");
    clerk.uses(second, 513);
    clerk.end(second);
    ask(&mut clerk, "x", "3");
    assert!(pause(&clerk).is_some_and(|why| why.starts_with("$1.00 of $1.00")));
}

#[test]
fn only_time_at_work_counts_and_commands_are_limited_by_it_too() {
    let mut clerk = clerk(Budget {
        minutes: Some(10.0),
        ..Budget::default()
    });
    let task = clerk.request(None, command("make"), Policy::default());
    let twin = clerk.request(None, command("make more"), Policy::default());
    clerk.now += 6 * 60_000;
    clerk.end(task);
    clerk.end(twin);
    // Hours go by, also over a crash.
    clerk.now += 5 * 3_600_000;
    let next = clerk.request(None, command("test"), Policy::default());
    clerk.now += 60_000;
    clerk.uses(next, 1);
    clerk.now += 3_600_000;
    clerk.crash();
    assert_eq!(clerk.core.run().spending.used.ms, 7 * 60_000);
    let next = clerk.request(None, command("test"), Policy::default());
    assert_eq!(clerk.at_work(), [next]);
    clerk.now += 4 * 60_000;
    clerk.end(next);
    clerk.request(None, command("lint"), Policy::default());
    assert!(clerk.at_work().is_empty());
    assert!(pause(&clerk).is_some_and(|why| why.starts_with("11.0 of 10.0 minutes are used; ")));
    let summary = Summary::of(clerk.core.run());
    assert_eq!(summary.worked_ms, 11 * 60_000);
}

#[test]
fn what_an_agent_started_waits_for_a_raise_while_the_agent_waits_for_it() {
    let mut clerk = clerk(tokens(10_000.0));
    let outer = ask(&mut clerk, "x", "1");
    clerk.uses(outer, 9_000);
    let inner = clerk.request(Some(outer), prompt("y", "a", ""), Policy::default());
    assert_eq!(clerk.at_work(), [outer]);
    assert!(pause(&clerk).is_some(), "nobody would bring it on");
    raise(&mut clerk, tokens(90_000.0));
    assert_eq!(clerk.at_work(), [outer, inner]);
}

#[test]
fn raises_that_mean_nothing_are_refused() {
    let mut clerk = clerk(tokens(10_000.0));
    let usd = Budget {
        usd: Some(5.0),
        ..Budget::default()
    };
    for (budget, code) in [
        (usd, "no-such-limit"),
        (Budget::default(), "bad-budget"),
        (tokens(-1.0), "bad-budget"),
        (tokens(f64::NAN), "bad-budget"),
        (tokens(f64::INFINITY), "bad-budget"),
    ] {
        assert_eq!(raise(&mut clerk, budget).as_deref(), Some(code));
    }
    let mut free = self::clerk(Budget::default());
    assert_eq!(
        raise(&mut free, tokens(1.0)).as_deref(),
        Some("no-such-limit")
    );
}

#[test]
fn a_pause_of_a_person_stays_one() {
    let mut clerk = clerk(tokens(10_000.0));
    clerk.input(Input::Pause {
        reason: None,
        now: false,
        by: "me".into(),
    });
    raise(&mut clerk, tokens(1.0));
    assert!(clerk.core.run().paused.is_some());
}

#[test]
fn a_resumed_run_asks_again() {
    let mut clerk = clerk(tokens(1_000.0));
    let task = ask(&mut clerk, "x", "1");
    clerk.uses(task, 1_000);
    clerk.end(task);
    ask(&mut clerk, "x", "2");
    assert!(pause(&clerk).is_some());
    clerk.crash();
    assert_eq!(pause(&clerk), None);
    ask(&mut clerk, "x", "1");
    ask(&mut clerk, "x", "2");
    assert_eq!(clerk.count("paused"), 2);
    raise(&mut clerk, tokens(1_000.0));
    assert_eq!(clerk.at_work().len(), 1);
}
