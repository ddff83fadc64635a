//! What waits for a person, in journals with many runs, old forms, and damage.

use std::time::Instant;

use cm_journal::{AskKind, Journal};
use cm_orchestrator::{Answerer, Event, RunEnd, TaskKey};
use cm_types::{Placement, Policy, QuestionKind, QuestionWork, Reply, Work};

use crate::sample::{fresh, sql, start};

fn question(task: u32, prompt: &str) -> Vec<Event> {
    let work = Work::Question(QuestionWork {
        kind: QuestionKind::Approval,
        prompt: prompt.into(),
        ..QuestionWork::default()
    });
    vec![
        Event::Requested {
            task,
            scope: None,
            key: TaskKey::new(&work, task),
            occurrence: 0,
            place: Placement {
                step: "ship".into(),
                parent: None,
                label: None,
            },
            work: Box::new(work),
            policy: Policy::default(),
        },
        Event::Attempted { task, attempt: 1 },
    ]
}

fn paused() -> Event {
    Event::Paused {
        reason: Some("the money is spent".into()),
        by: "host".into(),
    }
}

fn done() -> Event {
    let output = String::new();
    Event::Ended {
        end: RunEnd::Done { output },
    }
}

#[test]
fn what_waits_is_found_and_gone_when_it_is_answered() {
    let root = tempfile::tempdir().unwrap();
    let (journal, _lease) = fresh(root.path(), "r");
    assert_eq!(journal.waiting().unwrap(), []);
    drop(journal.append("r", 2000, question(0, "Ship it?")));
    let given = Event::Assigned {
        task: 0,
        to: Answerer::Person,
        why: Some("it costs too much".into()),
    };
    drop(journal.append("r", 3000, vec![given, paused()]));
    journal.flush().unwrap();
    let waiting = journal.waiting().unwrap();
    let [waiting] = waiting.as_slice() else {
        panic!("one run: {waiting:?}");
    };
    assert_eq!((&*waiting.run, &*waiting.name), ("r", "The demo"));
    let [ship, pause] = waiting.asks.as_slice() else {
        panic!("two: {waiting:?}");
    };
    assert_eq!(
        (ship.task, &*ship.step, ship.since_ms),
        (Some(0), "ship", 2000)
    );
    assert_eq!(ship.kind, AskKind::Approval);
    assert_eq!(ship.why.as_deref(), Some("it costs too much"));
    assert_eq!((pause.kind, pause.since_ms), (AskKind::Paused, 3000));
    assert_eq!(pause.prompt, "the money is spent");
    assert_eq!(pause.speaker.as_deref(), Some("host"));
    let answered = Event::Finished {
        task: 0,
        result: Ok(Reply::default()),
        by: Some("ada".into()),
        shown: None,
    };
    drop(journal.append("r", 4000, vec![answered]));
    journal.flush().unwrap();
    assert_eq!(journal.waiting().unwrap()[0].asks.len(), 1);
    drop(journal.append("r", 5000, vec![done()]));
    journal.flush().unwrap();
    assert_eq!(journal.waiting().unwrap(), []);
}

/// A journal of the form before: what waits in it is found by playing it again.
#[test]
fn an_old_journal_is_filled() {
    let root = tempfile::tempdir().unwrap();
    let (journal, lease) = fresh(root.path(), "asks");
    drop(journal.append("asks", 2000, question(0, "Ship it?")));
    let mut leases = vec![lease];
    let others = [
        ("paused", vec![paused()]),
        ("over", [question(0, "No"), vec![paused(), done()]].concat()),
        ("works", vec![]),
        ("broken", question(0, "Lost")),
    ];
    for (run, events) in others {
        leases.push(journal.create_run(run, 1500, vec![start("demo")]).unwrap());
        drop(journal.append(run, 2000, events));
    }
    journal.flush().unwrap();
    let before = journal.waiting().unwrap();
    drop(leases);
    drop(journal);
    sql(
        root.path(),
        "DROP INDEX run_that_waits; ALTER TABLE run DROP COLUMN asks; PRAGMA user_version = 2;
         UPDATE event SET payload = '{' WHERE run_id = 'broken' AND seq = 2;",
    );
    let journal = Journal::open_existing(root.path()).unwrap().unwrap();
    let after = journal.waiting().unwrap();
    let ids: Vec<_> = after.iter().map(|waiting| &*waiting.run).collect();
    assert_eq!(ids, ["paused", "asks"]);
    let readable = before.into_iter().filter(|waiting| waiting.run != "broken");
    assert_eq!(after, readable.collect::<Vec<_>>());
    assert!(root.path().join("journal.db.v2").is_file());
}

/// Few among very many cost no more than few.
#[test]
fn a_hundred_thousand_finished_runs_cost_nothing() {
    let root = tempfile::tempdir().unwrap();
    let (journal, lease) = fresh(root.path(), "r");
    drop(journal.append("r", 2000, question(0, "Ship it?")));
    journal.flush().unwrap();
    drop(lease);
    drop(journal);
    sql(
        root.path(),
        "WITH RECURSIVE number (n) AS
             (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 100000)
         INSERT INTO run (id, workflow, package, name, directory, status, started_ms,
             updated_ms, owner_epoch, last_seq, head, tasks, input_tokens, output_tokens, open)
         SELECT 'over-' || n, 'w', 'p', 'w', '/', 'done', n, n, 1, 0, x'', 0, 0, 0, '{}'
         FROM number;",
    );
    let journal = Journal::open_existing(root.path()).unwrap().unwrap();
    let from = Instant::now();
    let waiting = journal.waiting().unwrap();
    let took = from.elapsed();
    assert_eq!(waiting.len(), 1);
    eprintln!("one of 100,001: {took:?}");
    // Much more than it takes: for machines that are busy.
    assert!(took.as_millis() < 50, "{took:?}");
}
