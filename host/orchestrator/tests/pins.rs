//! What a run uses under a name.

use cm_orchestrator::{Event, Input, Pin, Run, RunStart};
use cm_types::Digest;

use crate::edits::Desk;

fn pin(name: &str, version: &str) -> Pin {
    Pin {
        role: "engine".into(),
        name: name.into(),
        package: format!("acme/{name}"),
        version: version.into(),
        digest: Digest::of(version.as_bytes()),
        component: None,
    }
}

fn used(run: &Run, name: &str) -> Option<String> {
    run.pin("engine", name).map(|pin| pin.version.clone())
}

#[test]
fn written_down_once_and_changed_only_by_a_person() {
    let mut desk = Desk::new(RunStart {
        pins: vec![pin("old", "1.0.0")],
        ..RunStart::default()
    });
    let before = desk.journal.len();
    desk.input(Input::Pin(Box::new(pin("old", "1.0.0"))));
    assert_eq!(desk.journal.len(), before, "it is known from the start");
    for _ in 0..2 {
        desk.input(Input::Pin(Box::new(pin("new", "1.0.0"))));
    }
    assert_eq!(desk.journal.len(), before + 1);
    assert_eq!(used(desk.core.run(), "old").as_deref(), Some("1.0.0"));
    assert_eq!(desk.core.run().pin("step", "old"), None);
    desk.input(Input::Unpin { by: "ada".into() });
    assert_eq!(used(desk.core.run(), "old"), None);
    desk.input(Input::Unpin { by: "ada".into() });
    assert_eq!(desk.journal.len(), before + 2, "there is nothing left");
    desk.input(Input::Pin(Box::new(pin("old", "2.0.0"))));
    let events = desk.journal.iter().map(|event| (1, event));
    let read = Run::replay(events);
    assert_eq!(used(&read, "old").as_deref(), Some("2.0.0"));
    assert!(matches!(desk.journal.last(), Some(Event::Pinned { .. })));
}
