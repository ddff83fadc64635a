use cm_journal::Journal;
use cm_orchestrator::{Answerer, Event, Run, RunEnd, TaskKey};
use cm_types::{
    CommandWork, Error, Outline, Placement, Policy, QuestionWork, Reply, TimerWork, TurnEvent,
    Usage, Work,
};
use proptest::prelude::*;

use crate::sample::fresh;

/// A plausible history: requests are numbered in order, anything may be said of any task.
fn history() -> impl Strategy<Value = Vec<Event>> {
    let step = (0..20u8, 0..6u32, 0..1000u32);
    prop::collection::vec(step, 0..60).prop_map(|steps| {
        let mut tasks = 0;
        let mut events = Vec::new();
        for (kind, task, number) in steps {
            events.push(match kind {
                0..=3 => {
                    let work = match kind {
                        0 => Work::Question(QuestionWork::default()),
                        1 => Work::Timer(TimerWork::default()),
                        _ => Work::Command(CommandWork::default()),
                    };
                    tasks += 1;
                    request(tasks - 1, work)
                }
                4..=7 => Event::Attempted { task, attempt: 1 },
                8 => Event::Finished {
                    task,
                    result: Ok(Reply::default()),
                    by: None,
                    shown: None,
                },
                9 => Event::Reopened { task },
                10 => Event::Retrying {
                    task,
                    error: Error::Cancelled,
                    until_ms: 5,
                },
                11..=13 => Event::Turn {
                    task,
                    event: TurnEvent::Usage(Usage {
                        input: number,
                        output: number / 2,
                        cost_usd: (number % 3 > 0).then(|| f64::from(number) / 64.0),
                        ..Usage::default()
                    }),
                },
                14 if number % 2 == 0 => Event::Interrupted { reason: "x".into() },
                14 => Event::Ended {
                    end: match number % 3 {
                        0 => RunEnd::Done { output: "x".into() },
                        1 => RunEnd::Cancelled { by: "x".into() },
                        _ => RunEnd::Failed {
                            error: Error::Cancelled,
                        },
                    },
                },
                15 => Event::Assigned {
                    task,
                    to: match number % 2 {
                        0 => Answerer::Person,
                        _ => Answerer::Controller,
                    },
                    why: None,
                },
                16 => Event::Held { task, say: None },
                17 => Event::Paused {
                    reason: None,
                    by: "x".into(),
                },
                18 => Event::Continued { by: "x".into() },
                _ => Event::Resumed {
                    host: "x".into(),
                    workflow: cm_types::Digest::of(b"x"),
                    outline: Outline::default(),
                },
            });
        }
        events
    })
}

fn request(task: u32, work: Work) -> Event {
    Event::Requested {
        task,
        scope: None,
        key: TaskKey::new(&work, task),
        occurrence: 0,
        place: Placement {
            step: "s".into(),
            parent: None,
            label: None,
        },
        work: Box::new(work),
        policy: Policy::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The list says what the fold over all events says, also when the run changes hands
    /// in the middle.
    #[test]
    fn the_list_agrees_with_the_fold(
        events in history(),
        handover in any::<prop::sample::Index>(),
    ) {
        let root = tempfile::tempdir().unwrap();
        let (mut journal, mut lease) = fresh(root.path(), "r");
        let handover = handover.index(events.len() + 1);
        for (number, event) in events.iter().enumerate() {
            if number == handover {
                drop(lease);
                drop(journal);
                journal = Journal::open(root.path()).unwrap();
                lease = journal.lease("r").unwrap();
            }
            drop(journal.append("r", 2000 + number as u64, vec![event.clone()]));
        }
        journal.flush().unwrap();
        let records = journal.events("r", 0).unwrap();
        let run = Run::replay(records.iter().map(|record| (record.at_ms, &record.event)));
        let row = journal.runs(1).unwrap().remove(0);
        prop_assert_eq!(row.status, run.status());
        prop_assert_eq!(row.tasks as usize, run.tasks.len());
        prop_assert_eq!(row.last_seq, run.events);
        prop_assert_eq!(row.started_ms, run.started_ms);
        prop_assert_eq!(row.updated_ms, run.updated_ms);
        let mut usage = Usage::default();
        for task in &run.tasks {
            usage.add(&task.usage);
        }
        prop_assert_eq!(row.tokens(), usage.tokens());
        // Sixty-fourths add up without rounding, in any order.
        prop_assert_eq!(row.cost_usd, usage.cost_usd);
        drop(lease);
    }
}
