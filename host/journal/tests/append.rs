use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use cm_journal::{Found, Journal, JournalError, Message};
use cm_orchestrator::{Event, Status};
use cm_types::{TurnEvent, Usage};
use proptest::prelude::*;

use crate::sample::{body, fresh, note, start};

#[test]
fn all_pending_appends_come_in_the_order_of_the_calls() {
    let root = tempfile::tempdir().unwrap();
    let (journal, _first) = fresh(root.path(), "a");
    let _second = journal.create_run("b", 1, vec![start("other")]).unwrap();
    let mut tickets = Vec::new();
    for number in 0..2000_u64 {
        let run = ["a", "b"][(number % 3 == 0) as usize];
        tickets.push((
            run,
            journal.append(run, number, vec![note(number.to_string())]),
        ));
    }
    let mut last = [("a", 1), ("b", 1)];
    for (run, ticket) in tickets {
        let place = &mut last[(run == "b") as usize].1;
        *place += 1;
        assert_eq!(ticket.wait_blocking().unwrap(), *place);
    }
    let mut all = Vec::new();
    for run in ["a", "b"] {
        let records = journal.events(run, 1).unwrap();
        let numbers = records
            .iter()
            .map(|record| body(&record.event).parse().unwrap());
        let numbers: Vec<u64> = numbers.collect();
        assert!(numbers.is_sorted());
        assert!(
            records
                .iter()
                .zip(&numbers)
                .all(|(record, at)| record.at_ms == *at)
        );
        all.extend(numbers);
    }
    assert_eq!(all.len(), 2000);
}

#[test]
fn a_dropped_ticket_writes_all_the_same_and_closing_waits() {
    let root = tempfile::tempdir().unwrap();
    let (journal, lease) = fresh(root.path(), "r");
    drop(journal.append("r", 2, vec![note("a"), note("b")]));
    drop(journal);
    drop(lease);
    let journal = Journal::open_existing(root.path()).unwrap().unwrap();
    assert_eq!(journal.events("r", 0).unwrap().len(), 3);
    assert_eq!(journal.events("r", 2).unwrap().len(), 1);
    assert_eq!(journal.events("r", 3).unwrap(), []);
    assert_eq!(journal.events("r", 99).unwrap(), []);
}

#[test]
fn a_ticket_is_a_future_for_any_executor() {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let root = tempfile::tempdir().unwrap();
    let (journal, _lease) = fresh(root.path(), "r");
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut durable = pin!(journal.append("r", 2, vec![note("a")]).durable());
    let seq = loop {
        match durable.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(outcome) => break outcome.unwrap(),
            Poll::Pending => thread::park(),
        }
    };
    assert_eq!(seq, 2);
}

#[test]
fn an_empty_append_and_one_without_a_lease() {
    let root = tempfile::tempdir().unwrap();
    let (journal, lease) = fresh(root.path(), "r");
    assert_eq!(journal.append("r", 2, vec![]).wait_blocking().unwrap(), 1);
    drop(lease);
    let error = journal
        .append("r", 2, vec![note("a")])
        .wait_blocking()
        .unwrap_err();
    assert_eq!(error, JournalError::NotLeased { run: "r".into() });
    assert_eq!(journal.events("r", 0).unwrap().len(), 1);
    let error = journal.events("nothing", 0).unwrap_err();
    assert_eq!(
        error,
        JournalError::NoRun {
            run: "nothing".into()
        }
    );
}

#[test]
fn a_run_is_made_once_with_its_start_and_a_safe_name() {
    let root = tempfile::tempdir().unwrap();
    let (journal, lease) = fresh(root.path(), "r");
    let make = |run: &str, event| journal.create_run(run, 1, vec![event]).unwrap_err();
    assert_eq!(make("r", start("x")).code(), "run-exists");
    drop(lease);
    assert_eq!(make("r", start("x")).code(), "run-exists");
    assert_eq!(make("s", note("x")).code(), "event-unwritable");
    assert_eq!(journal.find("s").unwrap(), Found::None);
    let long = "x".repeat(65);
    for bad in ["", "last", "../up", "a/b", ".hidden", "a b", "é", &long] {
        assert_eq!(make(bad, start("x")).code(), "bad-run-id", "{bad}");
    }
    // The failed ones are in nobody's way.
    let _lease = journal.create_run("s", 1, vec![start("x")]).unwrap();
}

#[test]
fn runs_are_listed_and_found() {
    let root = tempfile::tempdir().unwrap();
    let journal = Journal::open(root.path()).unwrap();
    assert_eq!(journal.find("last").unwrap(), Found::None);
    for (at_ms, id) in [(10, "abc1"), (30, "abd"), (20, "abc"), (20, "x_y")] {
        drop(journal.create_run(id, at_ms, vec![start(id)]).unwrap());
    }
    let ids: Vec<_> = journal
        .runs(3)
        .unwrap()
        .into_iter()
        .map(|run| run.id)
        .collect();
    assert_eq!(ids, ["abd", "x_y", "abc"]);
    let one = |id: &str| Found::One(id.into());
    assert_eq!(journal.find("last").unwrap(), one("abd"));
    assert_eq!(journal.find("abc").unwrap(), one("abc"));
    assert_eq!(journal.find("abc1").unwrap(), one("abc1"));
    assert_eq!(journal.find("abd").unwrap(), one("abd"));
    assert_eq!(journal.find("x").unwrap(), one("x_y"));
    assert_eq!(journal.find("%").unwrap(), Found::None);
    let many = Found::Many(vec!["abd".into(), "abc".into(), "abc1".into()]);
    assert_eq!(journal.find("ab").unwrap(), many);
    let row = journal.runs(9).unwrap().pop().unwrap();
    assert_eq!(row.id, "abc1");
    assert_eq!(row.workflow, "abc1");
    assert_eq!(row.name, "The abc1");
    assert_eq!(row.package, "demo 1.0.0");
    assert_eq!(row.directory, "/project");
    assert_eq!((row.started_ms, row.updated_ms, row.last_seq), (10, 10, 1));
    assert_eq!(
        (row.status, row.driver, row.cost_usd),
        (Status::Running, None, None)
    );
}

#[test]
fn messages_stay_until_their_consequences_are_on_disk() {
    let root = tempfile::tempdir().unwrap();
    let (journal, _lease) = fresh(root.path(), "r");
    let other = Journal::open_existing(root.path()).unwrap().unwrap();
    assert!(journal.changed().unwrap(), "the first look is always one");
    assert!(!journal.changed().unwrap());
    let answer = Message::Answer {
        task: 3,
        answer: cm_types::Decision::Reply("ship \u{0} it".into()),
        by: "ada".into(),
        shown: None,
    };
    let cancel = Message::Cancel { by: "ada".into() };
    let first = other.send("r", &answer).unwrap();
    let second = other.send("r", &cancel).unwrap();
    let error = other.send("unknown", &cancel).unwrap_err();
    assert_eq!(error.code(), "no-such-run");
    assert!(journal.changed().unwrap());
    assert!(!journal.changed().unwrap());
    let all = vec![(first, answer), (second, cancel.clone())];
    assert_eq!(journal.take_messages("r").unwrap(), all);
    let acked = journal.append_acking("r", 2, vec![note("answered")], vec![first]);
    acked.wait_blocking().unwrap();
    assert_eq!(journal.take_messages("r").unwrap(), [(second, cancel)]);
    journal.ack(vec![second, 12345]).unwrap();
    assert_eq!(journal.take_messages("r").unwrap(), []);
    crate::sample::sql(
        root.path(),
        r#"INSERT INTO inbox (run_id, message) VALUES ('r', '{"kind":"new","x":1}')"#,
    );
    assert_eq!(journal.take_messages("r").unwrap()[0].1, Message::Unknown);
}

fn event() -> impl Strategy<Value = Event> {
    let text = prop_oneof![".{0,40}", "[\\x00-\\x1f\"\\\\]{0,20}"];
    let number = prop_oneof![
        any::<f64>(),
        (0..10_000u32).prop_map(|n| f64::from(n) / 1e4)
    ];
    (0..5u8, any::<u32>(), text, number).prop_map(|(kind, task, text, number)| match kind {
        0 => note(text),
        1 => Event::Written {
            scope: Some(task),
            ordinal: 0,
            key: text.clone(),
            value: text,
        },
        2 => Event::Turn {
            task,
            event: TurnEvent::Usage(Usage {
                input: task,
                cost_usd: Some(number).filter(|number| number.is_finite()),
                ..Usage::default()
            }),
        },
        3 => Event::Observed {
            scope: None,
            what: text,
            ordinal: task,
            value: None,
            version: None,
        },
        _ => Event::Interrupted { reason: text },
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_events_in_any_portions_read_back_the_same(
        portions in prop::collection::vec(prop::collection::vec(event(), 0..6), 0..12),
        reopen in any::<prop::sample::Index>(),
        after in any::<prop::sample::Index>(),
    ) {
        let root = tempfile::tempdir().unwrap();
        let (mut journal, mut lease) = fresh(root.path(), "r");
        let reopen = reopen.index(portions.len() + 1);
        for (number, portion) in portions.iter().enumerate() {
            if number == reopen {
                drop(lease);
                drop(journal);
                journal = Journal::open(root.path()).unwrap();
                lease = journal.lease("r").unwrap();
            }
            drop(journal.append("r", number as u64, portion.clone()));
        }
        journal.flush().unwrap();
        let expected: Vec<Event> = portions.into_iter().flatten().collect();
        let after = after.index(expected.len() + 1);
        let records = journal.events("r", after as u64 + 1).unwrap();
        prop_assert_eq!(records.first().map(|record| record.seq),
            (after < expected.len()).then_some(after as u64 + 2));
        let events: Vec<Event> = records.into_iter().map(|record| record.event).collect();
        prop_assert_eq!(&events, &expected[after..]);
        drop(lease);
    }
}
