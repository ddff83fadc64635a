//! The adapter on what the real program printed.

use std::path::{Path, PathBuf};

use cm_engine_pi::Pi;
use cm_sdk::engine::testing::{Recording, feed, finish, play, recordings_hold};
use cm_sdk::engine::{Event, Input, Request};

/// A recording, the exit code that came with it, and what was asked.
const CASES: &[(&str, Option<i32>, Asked)] = &[
    ("plain", Some(0), Asked::New),
    ("files", Some(0), Asked::New),
    ("resume", Some(0), Asked::Resume),
    ("fork", Some(0), Asked::Resume),
    ("ro", Some(0), Asked::New),
    ("shell", Some(0), Asked::New),
    ("flaky", Some(0), Asked::New),
    ("maxtok", Some(0), Asked::New),
    ("sigint", Some(130), Asked::New),
    ("cancel", Some(143), Asked::New),
    ("401", Some(0), Asked::New),
    ("nokey", Some(1), Asked::New),
    ("429", Some(0), Asked::New),
    ("overloaded", Some(0), Asked::New),
    ("nomodel", Some(0), Asked::New),
    ("unknownmodel", Some(1), Asked::New),
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
            request.session = Some("01a1fdb2-12d5-7482-9a48-9cecf1fbc53d".to_owned());
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
    recordings_hold::<Pi>(&recordings, &folder().join("events"));
}

#[test]
fn an_error_text_is_never_an_answer() {
    for name in [
        "401",
        "429",
        "overloaded",
        "nomodel",
        "unknownmodel",
        "crash",
        "badresume",
        "cancel",
        "maxtok",
    ] {
        // Whatever the exit code is.
        let mut recording = recording(name);
        recording.code = Some(0);
        let events = recording.play::<Pi>();
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
        assert_eq!(code(&recording.play::<Pi>()), Some(failure));
    }
    recording.code = Some(0);
    assert_eq!(code(&recording.play::<Pi>()), None);
    let end = recording.stdout[..recording.stdout.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap_or(0);
    recording.stdout.truncate(end);
    assert_eq!(code(&recording.play::<Pi>()), Some("no-terminal-event"));
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
        let events = feed::<Pi>(Request::new("x"), inputs);
        assert_eq!(code(&events), Some("cancelled"));
    }
}

fn used(name: &str) -> (u32, u32, u32, f64) {
    let events = recording(name).play::<Pi>();
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
fn usage_of_the_messages_adds_up() {
    let (input, cached, output, cost) = used("plain");
    assert_eq!((input, cached, output), (2500, 1400, 57));
    assert!((cost - 0.004_575_f64).abs() < 1e-9, "{cost}");
}

#[test]
fn a_service_that_answers_in_the_end_is_no_failure() {
    let events = recording("flaky").play::<Pi>();
    assert!(finish(&events).ok);
    assert_eq!(finish(&events).text, "Recovered.");
}

#[test]
fn a_rate_limit_is_one_though_the_program_ends_well() {
    let events = recording("429").play::<Pi>();
    let failure = finish(&events).failure.clone();
    let failure = failure.unwrap_or_else(|| panic!("{events:?}"));
    assert_eq!(
        (failure.code.as_str(), failure.retry, failure.retry_after_ms),
        ("rate-limit", true, Some(2500))
    );
    let retries = events
        .iter()
        .filter(|event| matches!(event, Event::Other(other) if other.kind == "retry"));
    assert_eq!(retries.count(), 3);
}

#[test]
fn an_agent_that_begins_again_has_not_ended() {
    let (stdout, _) = recorded("plain");
    let again = [stdout.as_slice(), b"{\"type\":\"agent_start\"}\n"].concat();
    let events = play::<Pi>(Request::new("x"), &[&again], b"", Some(0));
    assert_eq!(code(&events), Some("no-terminal-event"));
}
