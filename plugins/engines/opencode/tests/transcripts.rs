//! The adapter on what the real program printed.

use std::path::{Path, PathBuf};

use cm_engine_opencode::Opencode;
use cm_sdk::engine::testing::{Recording, finish, play, recordings_hold};
use cm_sdk::engine::{Event, Request};

/// A recording, the exit code that came with it, and what was asked.
const CASES: &[(&str, Option<i32>, Asked)] = &[
    ("plain", Some(0), Asked::New),
    ("resume", Some(0), Asked::Resume),
    ("deny2", Some(0), Asked::New),
    ("mcp", Some(0), Asked::New),
    ("outside", Some(0), Asked::New),
    ("sigint", Some(0), Asked::New),
    ("deny", Some(0), Asked::New),
    ("noauto", Some(0), Asked::New),
    ("maxtok", Some(0), Asked::New),
    ("401", Some(1), Asked::New),
    ("429", Some(1), Asked::New),
    ("badmodel", Some(1), Asked::New),
    ("badresume", Some(1), Asked::Resume),
    ("badflag", Some(1), Asked::New),
    ("locked", Some(1), Asked::New),
    ("newborn", Some(1), Asked::New),
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
        Asked::Resume => request.session = Some("ses_e0251cde6ffeq4L3896dOBPcQU".to_owned()),
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
    recordings_hold::<Opencode>(&recordings, &folder().join("events"));
}

#[test]
fn an_error_text_is_never_an_answer() {
    for name in [
        "401",
        "429",
        "badmodel",
        "badresume",
        "badflag",
        "maxtok",
        "deny",
        "noauto",
    ] {
        let (stdout, stderr) = recorded(name);
        // Whatever the exit code is.
        let events = play::<Opencode>(Request::new("x"), &[&stdout], &stderr, Some(0));
        let finish = finish(&events);
        assert!(!finish.ok && finish.text.is_empty(), "{name}: {finish:?}");
    }
}

#[test]
fn success_needs_exit_code_zero_and_the_result() {
    let (stdout, _) = recorded("plain");
    for (code, failure) in [
        (Some(1), "exit-code"),
        (None, "killed"),
        (Some(143), "killed"),
    ] {
        let events = play::<Opencode>(Request::new("x"), &[&stdout], b"", code);
        let failed = finish(&events)
            .failure
            .as_ref()
            .map(|failure| failure.code.clone());
        assert_eq!(failed.as_deref(), Some(failure));
    }
    let end = stdout[..stdout.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap_or(0);
    let events = play::<Opencode>(Request::new("x"), &[&stdout[..end]], b"", Some(0));
    let failed = finish(&events)
        .failure
        .as_ref()
        .map(|failure| failure.code.clone());
    assert_eq!(failed.as_deref(), Some("no-terminal-event"));
}

#[test]
fn a_database_in_use_is_another_try_unless_work_has_begun() {
    let code = |stdout: &[u8], name: &str| {
        let (_, stderr) = recorded(name);
        let events = play::<Opencode>(Request::new("x"), &[stdout], &stderr, Some(1));
        let failure = finish(&events).failure.clone().expect("it failed");
        (failure.code, failure.retry)
    };
    let busy = ("busy".to_owned(), true);
    assert_eq!(
        [code(b"", "locked"), code(b"", "newborn")],
        [busy.clone(), busy]
    );
    let (begun, _) = recorded("plain");
    let line = begun
        .split_inclusive(|byte| *byte == b'\n')
        .next()
        .expect("a line");
    assert!(!code(line, "locked").1, "it would be done twice");
}

#[test]
fn usage_of_the_steps_adds_up() {
    let (stdout, _) = recorded("plain");
    let events = play::<Opencode>(Request::new("x"), &[&stdout], b"", Some(0));
    let (mut input, mut output, mut cost) = (0, 0, 0.0);
    for event in &events {
        if let Event::Usage(usage) = event {
            input += usage.input;
            output += usage.output;
            cost += usage.cost_usd.unwrap_or(0.0);
        }
    }
    assert_eq!((input, output), (2500, 57));
    assert!((cost - 0.004_155_f64).abs() < 1e-9);
}

#[test]
fn a_refused_tool_that_ends_the_run_is_a_failure_and_one_that_does_not_is_counted() {
    let code = |name: &str| {
        let (stdout, stderr) = recorded(name);
        let events = play::<Opencode>(Request::new("x"), &[&stdout], &stderr, Some(0));
        let finish = finish(&events).clone();
        assert!(
            finish
                .options
                .contains(&("denied".to_owned(), "1".to_owned())),
            "{finish:?}"
        );
        finish.failure.map(|failure| failure.code)
    };
    assert_eq!(code("deny").as_deref(), Some("tool-denied-stop"));
    assert_eq!(code("outside"), None);
}

#[test]
fn a_rate_limit_says_how_long() {
    let (stdout, stderr) = recorded("429");
    let events = play::<Opencode>(Request::new("x"), &[&stdout], &stderr, Some(1));
    let failure = finish(&events).failure.as_ref();
    assert_eq!(
        failure.map(|failure| (failure.code.as_str(), failure.retry_after_ms)),
        Some(("rate-limit", Some(1000)))
    );
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Limit(limit) if limit.scope == "account"))
    );
}
