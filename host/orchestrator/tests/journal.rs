use cm_orchestrator::{Event, Record, Run};
use cm_types::{Error, Extension, Failure, Placement, Reply, TurnEvent, Usage};
use proptest::prelude::*;

use crate::program::{command, turn};

fn text() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[ -~é\u{1F600}]{0,12}").unwrap()
}

fn event() -> impl Strategy<Value = Event> {
    let place = || Placement {
        step: "s".into(),
        parent: None,
        label: None,
    };
    let work = prop_oneof![Just(command("x")), Just(turn("a", "p", 1))];
    prop_oneof![
        (0..6u32, work, 0..3u32).prop_map(move |(task, work, ordinal)| Event::Requested {
            task,
            scope: None,
            key: cm_orchestrator::TaskKey::new(&work, ordinal),
            occurrence: 0,
            place: place(),
            work: Box::new(work),
            policy: Default::default(),
        }),
        (0..6u32, 0..4u32).prop_map(|(task, attempt)| Event::Attempted { task, attempt }),
        (0..6u32, text()).prop_map(|(task, text)| Event::Finished {
            task,
            result: Ok(Reply {
                text,
                ..Reply::default()
            }),
            by: None,
        }),
        (0..6u32, text()).prop_map(|(task, text)| Event::Finished {
            task,
            result: Err(Error::Other(Failure::new("x", text))),
            by: None,
        }),
        (0..6u32, 0..u32::MAX).prop_map(|(task, input)| Event::Turn {
            task,
            event: TurnEvent::Usage(Usage {
                input,
                ..Usage::default()
            }),
        }),
        (text(), text(), 0..4u32).prop_map(|(key, value, ordinal)| Event::Written {
            scope: None,
            ordinal,
            key,
            value
        }),
        (0..5u32, text()).prop_map(|(ordinal, state)| Event::Marked {
            ordinal,
            place: Placement {
                step: "s".into(),
                parent: None,
                label: None
            },
            state,
            note: None,
        }),
        text().prop_map(|body| Event::Noted {
            task: None,
            item: Extension {
                kind: "k".into(),
                body
            }
        }),
        Just(Event::Interrupted { reason: "r".into() }),
    ]
}

proptest! {
    #[test]
    fn any_list_of_events_is_a_run(events in proptest::collection::vec(event(), 0..40)) {
        let run = Run::replay(events.iter().map(|event| (7, event)));
        prop_assert_eq!(run.events, events.len() as u64);
        let _ = (run.status(), cm_orchestrator::Summary::of(&run));
    }

    #[test]
    fn events_survive_their_written_form(event in event()) {
        let record = Record { run: "r".into(), seq: 1, at_ms: 2, event };
        let written = serde_json::to_string(&record).unwrap();
        prop_assert_eq!(serde_json::from_str::<Record>(&written).unwrap(), record);
    }
}

proptest! {
    #[test]
    fn one_step_alone_is_as_it_is_among_all(events in proptest::collection::vec(event(), 0..40)) {
        let mut run = Run::replay(events.iter().map(|event| (7, event)));
        run.outline.steps.push(cm_types::OutlineStep {
            id: "s".into(),
            kind: "agent".into(),
            label: "S".into(),
            parent: None,
            engine: None,
            options: Vec::new(),
        });
        let all = cm_orchestrator::Summary::of(&run);
        let alone = cm_orchestrator::StepSummary::of(&run, "s");
        prop_assert_eq!(alone.as_ref(), all.steps.first());
    }
}
