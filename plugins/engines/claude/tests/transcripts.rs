//! The adapter on what the real program printed when it was asked one thing and nothing
//! more: each line is as it is in a conversation.

use std::path::{Path, PathBuf};

use cm_engine_claude::Claude;
use cm_sdk::engine::testing::{Recording, finish, play, recordings_hold};
use cm_sdk::engine::{Event, Request};

/// A recording, the exit code that came with it, and what was asked.
const CASES: &[(&str, Option<i32>, Asked)] = &[
    ("partial", Some(0), Asked::New),
    ("maxtok", Some(0), Asked::New),
    ("schema", Some(0), Asked::Schema),
    ("mcp", Some(0), Asked::New),
    ("flaky", Some(0), Asked::New),
    ("529", Some(1), Asked::New),
    ("toolong", Some(1), Asked::New),
    ("badmodel", Some(0), Asked::New),
    ("badresume", Some(1), Asked::Resume),
    ("badflag", Some(1), Asked::New),
];

#[derive(Clone, Copy)]
enum Asked {
    New,
    Resume,
    Schema,
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
        Asked::Resume => request.session = Some("24787afd-e837-47ba-97e1-2dca747c1fe8".to_owned()),
        Asked::Schema => request.schema = Some("{}".to_owned()),
    }
    request
}

#[test]
fn recordings_decode_to_the_same_events_as_before_whatever_happens_to_them() {
    let recordings: Vec<_> = CASES
        .iter()
        .map(|(name, code, asked)| {
            Recording::read(&folder().join("transcripts"), name, request(*asked), *code)
        })
        .collect();
    recordings_hold::<Claude>(&recordings, &folder().join("events"));
}

#[test]
fn an_error_text_is_never_an_answer() {
    for name in ["529", "toolong", "badresume"] {
        let (stdout, stderr) = recorded(name);
        // Whatever the exit code is.
        let events = play::<Claude>(Request::new("x"), &[&stdout], &stderr, Some(0));
        let finish = finish(&events);
        assert!(!finish.ok && finish.text.is_empty(), "{name}: {finish:?}");
        let said = events
            .iter()
            .any(|event| matches!(event, Event::Text(text) if text.contains("API")));
        assert!(!said, "{name}: an error text was told as the agent's words");
    }
}

#[test]
fn success_needs_exit_code_zero_and_the_result() {
    let (stdout, _) = recorded("partial");
    // Who has said all and does not leave is stopped by the host: that is no failure.
    for (code, failure) in [
        (Some(1), Some("exit-code")),
        (None, None),
        (Some(143), None),
    ] {
        let events = play::<Claude>(Request::new("x"), &[&stdout], b"", code);
        let failed = finish(&events)
            .failure
            .as_ref()
            .map(|failure| failure.code.clone());
        assert_eq!(failed.as_deref(), failure);
    }
    let end = stdout[..stdout.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap_or(0);
    let events = play::<Claude>(Request::new("x"), &[&stdout[..end]], b"", Some(0));
    let failed = finish(&events)
        .failure
        .as_ref()
        .map(|failure| failure.code.clone());
    assert_eq!(failed.as_deref(), Some("no-terminal-event"));
}

#[test]
fn a_session_remembers_what_it_cost_when_the_program_does_not_say() {
    let mut request = request(Asked::Resume);
    request
        .options
        .push(("previous".to_owned(), r#"{"cost-total":"0.5"}"#.to_owned()));
    let result = br#"{"type":"result","subtype":"success","is_error":false,"result":"ok","total_cost_usd":0.75,"usage":{"input_tokens":10,"output_tokens":2}}"#;
    let events = play::<Claude>(request, &[result], b"", Some(0));
    let cost = events.iter().find_map(|event| match event {
        Event::Usage(usage) => usage.cost_usd,
        _ => None,
    });
    assert_eq!(cost, Some(0.25));
    assert_eq!(
        finish(&events).options,
        [("cost-total".to_owned(), "0.75".to_owned())]
    );
}

#[test]
fn a_usage_limit_says_when_it_ends() {
    let said = [
        (
            "Claude AI usage limit reached|1757000000",
            Some(1_757_000_000_000.0),
            None,
        ),
        (
            "You've hit your session limit · resets 3pm (Europe/Berlin)",
            None,
            Some("3pm (Europe/Berlin)"),
        ),
    ];
    for (text, until_ms, resets) in said {
        let line = serde_json::json!({ "type": "result", "subtype": "success", "is_error": true, "result": text });
        let events = play::<Claude>(
            Request::new("x"),
            &[line.to_string().as_bytes()],
            b"",
            Some(1),
        );
        let limit = events.iter().find_map(|event| match event {
            Event::Limit(limit) => Some(limit),
            _ => None,
        });
        let limit = limit.unwrap_or_else(|| panic!("{text}: no limit in {events:?}"));
        assert_eq!(
            (limit.until_ms, limit.scope.as_str()),
            (until_ms, "account")
        );
        let words = limit
            .options
            .iter()
            .find(|(name, _)| name == "resets")
            .map(|(_, value)| value.as_str());
        assert_eq!(words, resets);
        assert!(
            finish(&events)
                .failure
                .as_ref()
                .is_some_and(|failure| failure.code == "usage-limit" && failure.retry)
        );
    }
}

#[test]
fn the_moment_of_a_rate_limit_event_is_kept() {
    let lines = concat!(
        r#"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1757000000,"rateLimitType":"five_hour"}}"#,
        "\n",
        r#"{"type":"result","subtype":"success","is_error":true,"result":"You've hit your limit","api_error_status":429}"#,
    );
    let events = play::<Claude>(Request::new("x"), &[lines.as_bytes()], b"", Some(1));
    let until = events.iter().find_map(|event| match event {
        Event::Limit(limit) => limit.until_ms,
        _ => None,
    });
    assert_eq!(until, Some(1_757_000_000_000.0));
}
