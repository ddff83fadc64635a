//! The adapter on what the real program printed.

use std::path::{Path, PathBuf};

use cm_engine_copilot::Copilot;
use cm_sdk::engine::testing::{Recording, feed, finish, play, recordings_hold};
use cm_sdk::engine::{Event, Input, Request};

/// A recording, the exit code that came with it, and what was asked.
const CASES: &[(&str, Option<i32>, Asked)] = &[
    ("plain", Some(0), Asked::New),
    ("files", Some(0), Asked::New),
    ("resume", Some(0), Asked::Resume),
    ("again", Some(0), Asked::Resume),
    ("sid", Some(0), Asked::New),
    ("usage", Some(0), Asked::New),
    ("mcp", Some(0), Asked::New),
    ("mcpno", Some(0), Asked::New),
    ("mcpden", Some(0), Asked::New),
    ("ro", Some(0), Asked::New),
    ("denied", Some(0), Asked::New),
    ("maxtok", Some(0), Asked::New),
    ("sigint", Some(0), Asked::New),
    ("cancel", Some(0), Asked::New),
    ("flaky", Some(0), Asked::New),
    ("401", Some(1), Asked::New),
    ("429", Some(1), Asked::New),
    ("nomodel", Some(1), Asked::New),
    ("nologin", Some(1), Asked::New),
    ("crash", None, Asked::New),
    ("badresume", Some(1), Asked::Resume),
    ("badflag", Some(2), Asked::New),
    ("badeffort", Some(2), Asked::New),
];

#[derive(Clone, Copy)]
enum Asked {
    New,
    Resume,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn recorded(name: &str) -> (Vec<u8>, Vec<u8>) {
    let at = folder().join("transcripts");
    let read =
        |ending: &str| std::fs::read(at.join(format!("{name}.{ending}"))).unwrap_or_default();
    (read("jsonl"), read("stderr"))
}

fn request(asked: Asked) -> Request {
    let mut request = Request::new("please");
    match asked {
        Asked::New => {}
        Asked::Resume => {
            request.session = Some("74147615-272c-4419-9046-6ee43f089026".to_owned());
            let total = r#"{"input":2500,"cached":1400,"output":57,"reasoning":0}"#;
            let previous = serde_json::json!({ "usage-total": total }).to_string();
            request.options.push(("previous".to_owned(), previous));
        }
    }
    request
}

fn recording(name: &str) -> Recording {
    let (name, code, asked) = CASES
        .iter()
        .find(|(known, _, _)| *known == name)
        .expect("a case");
    Recording::read(&folder().join("transcripts"), name, request(*asked), *code)
}

fn code(events: &[Event]) -> Option<&str> {
    finish(events)
        .failure
        .as_ref()
        .map(|failure| failure.code.as_str())
}

#[test]
fn recordings_decode_to_the_same_events_as_before_whatever_happens_to_them() {
    let recordings: Vec<_> = CASES.iter().map(|(name, ..)| recording(name)).collect();
    recordings_hold::<Copilot>(&recordings, &folder().join("events"));
}

#[test]
fn an_error_text_is_never_an_answer() {
    for name in [
        "401",
        "429",
        "nomodel",
        "nologin",
        "crash",
        "badresume",
        "cancel",
    ] {
        // Whatever the exit code is.
        let mut recording = recording(name);
        recording.code = Some(0);
        let events = recording.play::<Copilot>();
        let finish = finish(&events);
        assert!(!finish.ok && finish.text.is_empty(), "{name}: {finish:?}");
        let said = events
            .iter()
            .any(|event| matches!(event, Event::Text(text) if text.contains("API")));
        assert!(!said, "{name}: an error text was told as the agent's words");
    }
}

#[test]
fn success_needs_exit_code_zero_and_the_end() {
    let mut recording = recording("plain");
    for (exit, failure) in [
        (Some(1), "exit-code"),
        (None, "killed"),
        (Some(143), "killed"),
    ] {
        recording.code = exit;
        assert_eq!(code(&recording.play::<Copilot>()), Some(failure));
    }
    recording.code = Some(0);
    assert_eq!(code(&recording.play::<Copilot>()), None);
    let end = recording.stdout[..recording.stdout.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap_or(0);
    recording.stdout.truncate(end);
    assert_eq!(
        code(&recording.play::<Copilot>()),
        Some("no-terminal-event")
    );
}

#[test]
fn a_turn_that_the_host_ended_is_cancelled() {
    let (stdout, stderr) = recorded("cancel");
    for exit in [None, Some(0), Some(130), Some(143)] {
        let inputs = vec![
            Input::Begin,
            Input::Stdout(stdout.clone()),
            Input::Cancelled,
            Input::Stderr(stderr.clone()),
            Input::Exited(exit),
        ];
        let events = feed::<Copilot>(Request::new("x"), inputs);
        assert_eq!(code(&events), Some("cancelled"));
    }
}

fn used(name: &str) -> (u32, u32, u32, f64) {
    let events = recording(name).play::<Copilot>();
    let mut sum = (0, 0, 0, 0.0);
    for event in &events {
        if let Event::Usage(usage) = event {
            sum.0 += usage.input;
            sum.1 += usage.cached;
            sum.2 += usage.output;
            sum.3 += usage.cost_usd.unwrap_or(0.0);
        }
    }
    sum
}

#[test]
fn usage_comes_from_the_file_and_is_of_this_turn_though_it_counts_the_session() {
    assert_eq!(used("files"), (2500, 1400, 57, 0.0));
    assert_eq!(used("again"), (100, 0, 20, 0.0));
    // Without the file nothing is made up.
    let (stdout, _) = recorded("files");
    let events = play::<Copilot>(Request::new("x"), &[&stdout], b"", Some(0));
    assert!(finish(&events).ok);
    assert!(!events.iter().any(|event| matches!(event, Event::Usage(_))));
}

#[test]
fn a_file_that_is_not_what_it_should_be_changes_nothing() {
    for content in [
        "",
        "[]",
        "{\"modelMetrics\":[1]}",
        "{\"modelMetrics\":{\"m\":{\"usage\":{\"inputTokens\":-5}}}}",
    ] {
        let mut recording = recording("files");
        recording.files = vec![
            ("usage.json".to_owned(), content.as_bytes().to_vec()),
            ("other.json".to_owned(), b"{}".to_vec()),
        ];
        let events = recording.play::<Copilot>();
        assert!(finish(&events).ok);
        assert!(!events.iter().any(|event| matches!(event, Event::Usage(_))));
    }
}

#[test]
fn the_session_is_told_before_its_end() {
    let (stdout, _) = recorded("crash");
    let events = play::<Copilot>(Request::new("x"), &[&stdout], b"", None);
    let session = Request::new("x").new_session;
    assert_eq!(events.first(), Some(&Event::Session(session)));
}

#[test]
fn a_program_that_was_told_to_stop_has_not_succeeded_though_it_says_so() {
    let events = recording("cancel").play::<Copilot>();
    assert_eq!(code(&events), Some("interrupted"));
}

#[test]
fn a_rate_limit_says_how_long() {
    let events = recording("429").play::<Copilot>();
    let failure = finish(&events).failure.clone();
    let failure = failure.unwrap_or_else(|| panic!("{events:?}"));
    assert_eq!((failure.code.as_str(), failure.retry), ("rate-limit", true));
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Limit(limit) if limit.scope == "account"))
    );
}
