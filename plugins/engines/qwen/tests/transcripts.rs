//! The adapter on what the real program printed.

use std::path::{Path, PathBuf};

use cm_engine_qwen::Qwen;
use cm_sdk::engine::testing::{Recording, feed, finish, play, recordings_hold};
use cm_sdk::engine::{Event, Input, Request};

/// A recording, the exit code that came with it, and what was asked.
const CASES: &[(&str, Option<i32>, Asked)] = &[
    ("plain", Some(0), Asked::New),
    ("partial", Some(0), Asked::New),
    ("anth", Some(0), Asked::New),
    ("resume", Some(0), Asked::Resume),
    ("fork", Some(0), Asked::Resume),
    ("schema", Some(0), Asked::New),
    ("mcp", Some(0), Asked::New),
    ("shell", Some(0), Asked::New),
    ("tools", Some(0), Asked::New),
    ("denied", Some(0), Asked::New),
    ("maxtok", Some(0), Asked::New),
    ("sigint", Some(0), Asked::New),
    ("sigint_pg", Some(130), Asked::New),
    ("flaky", Some(0), Asked::New),
    ("401", Some(1), Asked::New),
    ("429", None, Asked::New),
    ("nomodel", Some(1), Asked::New),
    ("toolong", Some(1), Asked::New),
    ("nokey", Some(1), Asked::New),
    ("maxturns", Some(53), Asked::New),
    ("crash", None, Asked::New),
    ("badresume", Some(1), Asked::Resume),
    ("badflag", Some(1), Asked::New),
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
            request.session = Some("418be549-7e9b-41c9-b834-7c752464e82d".to_owned());
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
    recordings_hold::<Qwen>(&recordings, &folder().join("events"));
}

#[test]
fn an_error_text_is_never_an_answer() {
    for name in [
        "401",
        "429",
        "nomodel",
        "toolong",
        "nokey",
        "maxturns",
        "crash",
        "badresume",
        "sigint_pg",
    ] {
        // Whatever the exit code is.
        let mut recording = recording(name);
        recording.code = Some(0);
        let events = recording.play::<Qwen>();
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
        assert_eq!(code(&recording.play::<Qwen>()), Some(failure));
    }
    recording.code = Some(0);
    assert_eq!(code(&recording.play::<Qwen>()), None);
    let end = recording.stdout[..recording.stdout.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap_or(0);
    recording.stdout.truncate(end);
    assert_eq!(code(&recording.play::<Qwen>()), Some("no-terminal-event"));
}

#[test]
fn a_turn_that_the_host_ended_is_cancelled() {
    let (stdout, stderr) = recorded("sigint_pg");
    for exit in [None, Some(0), Some(130), Some(143)] {
        let inputs = vec![
            Input::Begin,
            Input::Stdout(stdout.clone()),
            Input::Cancelled,
            Input::Stderr(stderr.clone()),
            Input::Exited(exit),
        ];
        let events = feed::<Qwen>(Request::new("x"), inputs);
        assert_eq!(code(&events), Some("cancelled"));
    }
}

fn used(name: &str) -> (u32, u32, u32, f64) {
    let events = recording(name).play::<Qwen>();
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
fn usage_is_of_this_turn_though_the_program_counts_the_session() {
    assert_eq!(used("plain"), (2500, 1400, 57, 0.0));
    assert_eq!(used("resume"), (300, 0, 60, 0.0));
    // No `result` came; the messages themselves were counted.
    assert_eq!(used("maxturns"), (200, 0, 40, 0.0));
    let (stdout, _) = recorded("resume");
    let events = play::<Qwen>(request(Asked::Resume), &[&stdout], b"", Some(0));
    let options = &finish(&events).options;
    assert_eq!(
        options
            .first()
            .map(|(name, value)| (name.as_str(), value.as_str())),
        Some((
            "usage-total",
            r#"{"cached":1400,"input":2800,"output":117,"reasoning":0}"#
        ))
    );
}

#[test]
fn a_service_that_takes_no_more_is_not_waited_for_in_silence() {
    let events = recording("429").play::<Qwen>();
    let failure = finish(&events).failure.clone();
    let failure = failure.unwrap_or_else(|| panic!("{events:?}"));
    assert_eq!(
        (failure.code.as_str(), failure.retry, failure.retry_after_ms),
        ("rate-limit", true, Some(2500))
    );
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Limit(limit) if limit.scope == "account"))
    );
}

#[test]
fn an_answer_that_begins_like_an_error_is_one_when_the_program_says_so() {
    let lines = concat!(
        r#"{"type":"assistant","session_id":"s","parent_tool_use_id":null,"message":{"content":[{"type":"text","text":"[API Error: 500] is what the log says."}]}}"#,
        "\n",
        r#"{"type":"result","subtype":"success","session_id":"s","is_error":false,"result":"[API Error: 500] is what the log says."}"#,
    );
    let events = play::<Qwen>(Request::new("x"), &[lines.as_bytes()], b"", Some(0));
    assert!(finish(&events).ok && matches!(&events[0], Event::Text(_)));
}
