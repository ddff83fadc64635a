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
            shown: None,
        }),
        (0..6u32, text(), 0..9u32).prop_map(|(task, text, from)| Event::Reused {
            task,
            of: "old".into(),
            from,
            result: Ok(Reply {
                text,
                ..Reply::default()
            }),
            by: None,
            shown: None,
        }),
        (0..6u32, text()).prop_map(|(task, text)| Event::Finished {
            task,
            result: Err(Error::Other(Failure::new("x", text))),
            by: None,
            shown: None,
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
            when: Default::default(),
            options: Vec::new(),
            ..cm_types::OutlineStep::default()
        });
        let all = cm_orchestrator::Summary::of(&run);
        let alone = cm_orchestrator::StepSummary::of(&run, "s");
        prop_assert_eq!(alone.as_ref(), all.steps.first());
    }
}

#[test]
fn events_of_older_versions_are_still_read() {
    let started = r#"{"run":"r","seq":1,"at_ms":2,"kind":"started","host":"0","workflow":"w",
        "package":"p 1","digest":null,"entry":"e","directory":"/","outline":null,
        "default_engine":"a","parallel":1,"settings":{}}"#;
    let asked = r#"{"run":"r","seq":2,"at_ms":2,"kind":"requested","task":0,
        "key":{"content":"sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "ordinal":0},"place":{"step":"s"},"work":{"kind":"question","prompt":"Go on?"}}"#;
    let over = r#"{"run":"r","seq":3,"at_ms":2,"kind":"finished","task":0,
        "result":{"ok":{"text":"yes"}},"by":"me"}"#;
    let told = r#"{"run":"r","seq":4,"at_ms":2,"kind":"observed","what":"state a","ordinal":0,
        "value":"1"}"#;
    let events = [started, asked, over, told]
        .map(|line| serde_json::from_str::<Record>(line).unwrap().event);
    let run = Run::replay(events.iter().map(|event| (2, event)));
    assert_eq!(run.mode, cm_types::Mode::Continuous);
    assert!(run.paused.is_none());
    let reply = run.tasks[0].result().unwrap().as_ref().unwrap();
    assert_eq!((reply.text.as_str(), &reply.decision), ("yes", &None));
}
