use cm_journal::{Ask, Journal};
use cm_orchestrator::{Answerer, Event, Run, RunEnd, TaskKey};
use cm_types::{
    CommandWork, Error, Mode, Outline, Placement, Policy, QuestionKind, QuestionWork, Reply,
    TimerWork, TurnEvent, Usage, Work,
};
use proptest::prelude::*;

use crate::sample::fresh;

/// A plausible history: requests are numbered in order, anything may be said of any task.
fn history() -> impl Strategy<Value = Vec<Event>> {
    let step = (0..23u8, 0..6u32, 0..1000u32);
    prop::collection::vec(step, 0..80).prop_map(|steps| {
        let mut tasks = 0;
        let mut events = Vec::new();
        for (kind, task, number) in steps {
            events.push(match kind {
                0..=3 => {
                    let work = match kind {
                        0 => Work::Question(question(number)),
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
                    why: (number % 3 > 0).then(|| format!("because of {number}\n")),
                },
                16 => Event::Held { task, say: None },
                17 => Event::Paused {
                    reason: (number % 2 == 0).then(|| format!("{number} are\tenough")),
                    by: if number % 3 == 0 { "" } else { "x" }.into(),
                },
                18 => Event::Continued { by: "x".into() },
                20 => Event::Postponed {
                    task,
                    until_ms: 5,
                    why: None,
                },
                21 => Event::Raised {
                    budget: cm_types::Budget::default(),
                    by: "x".into(),
                },
                22 => Event::Unpinned { by: "x".into() },
                19 => Event::Switched {
                    mode: Mode::Manual,
                    by: "x".into(),
                },
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

fn question(number: u32) -> QuestionWork {
    QuestionWork {
        kind: match number % 5 {
            0 => QuestionKind::Question,
            1 => QuestionKind::Turn,
            2 => QuestionKind::Approval,
            3 => QuestionKind::Permission,
            _ => QuestionKind::Checkpoint,
        },
        speaker: (number.is_multiple_of(2)).then(|| format!("agent {number}")),
        prompt: format!(
            "{number}? {}",
            "\u{1b}[31mlong\n".repeat(number as usize / 8)
        ),
        choices: vec!["yes".into(); number as usize % 3],
        personal: number.is_multiple_of(5),
        ..QuestionWork::default()
    }
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
    #![proptest_config(ProptestConfig::with_cases(256))]

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
        let waiting = journal.waiting().unwrap();
        let asks = waiting.first().map_or(&[][..], |waiting| &waiting.asks);
        prop_assert_eq!(asks, &Ask::all(&run)[..]);
        prop_assert_eq!(waiting.is_empty(), asks.is_empty());
        drop(lease);
    }
}
