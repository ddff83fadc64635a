//! The adapter on what the real program printed.

use std::path::{Path, PathBuf};

use cm_engine_gemini::Gemini;
use cm_sdk::engine::testing::{Recording, feed, finish, play, recordings_hold};
use cm_sdk::engine::{Event, Input, Request};

/// A recording, the exit code that came with it, and what was asked.
const CASES: &[(&str, Option<i32>, Asked)] = &[
    ("plain", Some(0), Asked::New),
    ("resume", Some(0), Asked::Resume),
    ("shell", Some(0), Asked::New),
    ("denied", Some(0), Asked::New),
    ("outside", Some(0), Asked::New),
    ("maxtok", Some(0), Asked::New),
    ("sigint", Some(0), Asked::New),
    ("sigint_pg", Some(0), Asked::New),
    ("flaky", Some(0), Asked::New),
    ("401", Some(145), Asked::New),
    ("nomodel", Some(1), Asked::New),
    ("429", None, Asked::New),
    ("quota", None, Asked::New),
    ("overloaded", None, Asked::New),
    ("network", None, Asked::New),
    ("crash", None, Asked::New),
    ("nokey", Some(41), Asked::New),
    ("badresume", Some(42), Asked::Resume),
    ("badflag", Some(1), Asked::New),
    ("untrusted", Some(55), Asked::New),
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
        Asked::Resume => request.session = Some("0615153a-ad4b-46f9-b4b6-7ef05d9a9726".to_owned()),
    }
    request
}

fn code(events: &[Event]) -> Option<&str> {
    finish(events)
        .failure
        .as_ref()
        .map(|failure| failure.code.as_str())
}

#[test]
fn recordings_decode_to_the_same_events_as_before_whatever_happens_to_them() {
    let recordings: Vec<_> = CASES
        .iter()
        .map(|(name, code, asked)| {
            Recording::read(&folder().join("transcripts"), name, request(*asked), *code)
        })
        .collect();
    recordings_hold::<Gemini>(&recordings, &folder().join("events"));
}

#[test]
fn an_error_text_is_never_an_answer() {
    for name in [
        "401",
        "429",
        "quota",
        "overloaded",
        "nomodel",
        "nokey",
        "badresume",
        "sigint_pg",
        "crash",
    ] {
        let (stdout, stderr) = recorded(name);
        // Whatever the exit code is.
        let events = play::<Gemini>(Request::new("x"), &[&stdout], &stderr, Some(0));
        let finish = finish(&events);
        assert!(!finish.ok && finish.text.is_empty(), "{name}: {finish:?}");
    }
}

#[test]
fn success_needs_exit_code_zero_and_the_result() {
    let (stdout, _) = recorded("plain");
    for (exit, failure) in [
        (Some(1), "exit-code"),
        (None, "killed"),
        (Some(143), "killed"),
    ] {
        let events = play::<Gemini>(Request::new("x"), &[&stdout], b"", exit);
        assert_eq!(code(&events), Some(failure));
    }
    let end = stdout[..stdout.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap_or(0);
    let events = play::<Gemini>(Request::new("x"), &[&stdout[..end]], b"", Some(0));
    assert_eq!(code(&events), Some("no-terminal-event"));
}

#[test]
fn the_answer_is_what_was_said_after_the_last_tool() {
    let (stdout, _) = recorded("plain");
    let events = play::<Gemini>(Request::new("x"), &[&stdout], b"", Some(0));
    assert!(finish(&events).text.starts_with("Done: wrote "));
}

#[test]
fn a_turn_that_the_host_ended_is_cancelled_though_the_program_says_nothing() {
    let (stdout, stderr) = recorded("sigint_pg");
    let inputs = vec![
        Input::Begin,
        Input::Stdout(stdout),
        Input::Cancelled,
        Input::Stderr(stderr),
        Input::Exited(Some(0)),
    ];
    let events = feed::<Gemini>(Request::new("x"), inputs);
    assert_eq!(code(&events), Some("cancelled"));
}

#[test]
fn a_service_that_takes_no_more_is_not_asked_for_minutes() {
    let told = |retries: &str| {
        let (stdout, stderr) = recorded("429");
        let mut request = Request::new("x");
        request
            .options
            .push(("max-retries".to_owned(), retries.to_owned()));
        let events = play::<Gemini>(request, &[&stdout], &stderr, None);
        let failure = finish(&events).failure.clone();
        let failure = failure.unwrap_or_else(|| panic!("{events:?}"));
        assert_eq!(
            (failure.code.as_str(), failure.retry, failure.retry_after_ms),
            ("rate-limit", true, Some(2500))
        );
        let retries = events
            .iter()
            .filter(|event| matches!(event, Event::Other(other) if other.kind == "retry"));
        retries.count()
    };
    assert_eq!((told("0"), told("2")), (0, 2));
}

#[test]
fn a_long_prompt_that_is_met_with_silence_is_named_as_the_cause() {
    let request = Request::new(&"x".repeat(2_000_000));
    let events = play::<Gemini>(
        request,
        &[br#"{"type":"init","session_id":"s"}"#],
        b"",
        Some(0),
    );
    assert_eq!(code(&events), Some("prompt-too-long"));
}

#[test]
fn an_answer_that_the_program_refused_is_none() {
    for (said, failure) in [
        (
            "Model response was truncated because it exceeded the token limit. Try using /compress to free up context space.",
            "max-tokens",
        ),
        (
            "The model response was blocked due to safety settings.",
            "refused",
        ),
        (
            "The model returned an empty response with no text or thoughts. This may be a transient API issue; please try again.",
            "no-answer",
        ),
    ] {
        let lines = format!(
            "{}\n{}\n",
            serde_json::json!({ "type": "error", "severity": "error", "message": said }),
            serde_json::json!({ "type": "result", "status": "error", "stats": {} }),
        );
        let events = play::<Gemini>(Request::new("x"), &[lines.as_bytes()], b"", Some(0));
        assert_eq!(code(&events), Some(failure));
    }
}

#[test]
fn where_standard_error_is_cut_makes_no_difference() {
    let (stdout, stderr) = recorded("429");
    let told = |size: usize| {
        let mut inputs = vec![Input::Begin, Input::Stdout(stdout.clone())];
        inputs.extend(
            stderr
                .chunks(size)
                .map(|piece| Input::Stderr(piece.to_vec())),
        );
        inputs.push(Input::Exited(None));
        feed::<Gemini>(Request::new("x"), inputs)
    };
    assert_eq!(told(7), told(stderr.len()));
}
