//! The adapter on what the real program printed, routed.

use std::path::{Path, PathBuf};

use cm_engine_ccr::Ccr;
use cm_sdk::engine::testing::{Recording, finish, plan, play, recordings_hold};
use cm_sdk::engine::{Adapter, Event, Request};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn recording() -> Recording {
    Recording::read(
        &folder().join("transcripts"),
        "plain",
        Request::new("please"),
        Some(0),
    )
}

#[test]
fn claude_is_pointed_at_the_router() {
    let mut request = Request::new("--help");
    let command = plan::<Ccr>(request.clone()).expect("a plan");
    let set = |name: &str| {
        let found = command.environment.iter().rev().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(command.program, "claude");
    assert_eq!(set("ANTHROPIC_BASE_URL"), Some("http://127.0.0.1:3456"));

    request
        .options
        .push(("url".to_owned(), "127.0.0.1".to_owned()));
    assert!(plan::<Ccr>(request).is_err());
}

#[test]
fn recordings_decode_to_the_same_events_as_before_whatever_happens_to_them() {
    recordings_hold::<Ccr>(&[recording()], &folder().join("events"));
}

#[test]
fn tokens_are_told_and_costs_of_other_models_are_not() {
    let events = recording().play::<Ccr>();
    let used = events.iter().find_map(|event| match event {
        Event::Usage(usage) => Some((usage.input, usage.output, usage.cost_usd)),
        _ => None,
    });
    assert!(matches!(used, Some((2500, 57, None))), "{used:?}");
    assert!(finish(&events).ok);
    assert!(!Ccr::describe().features.contains(&"cost".to_owned()));
}

#[test]
fn a_router_that_is_not_there_is_told_with_what_to_do() {
    let line = r#"{"type":"result","subtype":"success","is_error":true,"result":"API Error: Unable to connect to API (ECONNREFUSED)","session_id":"s"}"#;
    let events = play::<Ccr>(Request::new("x"), &[line.as_bytes()], b"", Some(1));
    let failure = finish(&events).failure.clone().expect("a failure");
    assert!(
        failure.code == "network" && failure.message.contains("`ccr start`"),
        "{failure:?}"
    );
}
