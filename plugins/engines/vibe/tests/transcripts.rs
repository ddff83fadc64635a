//! The adapter on what the real program printed.

use std::path::{Path, PathBuf};

use cm_engine_vibe::Vibe;
use cm_sdk::engine::testing::{Recording, feed, finish, play, recordings_hold};
use cm_sdk::engine::{Event, Input, Request};

/// A recording, the exit code that came with it, and what was asked.
const CASES: &[(&str, Option<i32>, Asked)] = &[
    ("files", Some(0), Asked::New),
    ("again", Some(0), Asked::Resume),
    ("shell", Some(0), Asked::New),
    ("mcp", Some(0), Asked::New),
    ("mcpno", Some(0), Asked::New),
    ("ro", Some(0), Asked::New),
    ("robash", Some(0), Asked::New),
    ("tsro", Some(0), Asked::New),
    ("plain", Some(0), Asked::New),
    ("resume", Some(0), Asked::Resume),
    ("denied", Some(0), Asked::New),
    ("maxtok", Some(0), Asked::New),
    ("out", Some(0), Asked::New),
    ("sigint", Some(3), Asked::New),
    ("slowcancel", Some(3), Asked::New),
    ("maxturns", Some(3), Asked::New),
    ("flaky", Some(0), Asked::New),
    ("401", Some(1), Asked::New),
    ("nokey", Some(1), Asked::New),
    ("429", Some(2), Asked::New),
    ("nomodel", Some(2), Asked::New),
    ("othermodel", Some(2), Asked::Model),
    ("crash", None, Asked::New),
    ("badresume", Some(1), Asked::Resume),
    ("badflag", Some(1), Asked::New),
];

#[derive(Clone, Copy)]
enum Asked {
    New,
    Resume,
    /// For a model that the program does not know.
    Model,
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
            request.session = Some("35f3d327-f085-c298-c1e2-b6c5b9ad58d3".to_owned());
        }
        Asked::Model => request.model = Some("gone-model".to_owned()),
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
    recordings_hold::<Vibe>(&recordings, &folder().join("events"));
}

#[test]
fn an_error_text_is_never_an_answer() {
    for name in [
        "401",
        "429",
        "nomodel",
        "nokey",
        "crash",
        "badresume",
        "slowcancel",
        "sigint",
        "maxturns",
    ] {
        // Whatever the exit code is.
        let mut recording = recording(name);
        recording.code = Some(0);
        let events = recording.play::<Vibe>();
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
    let mut recording = recording("files");
    for (exit, failure) in [
        (Some(1), "exit-code"),
        (None, "killed"),
        (Some(143), "killed"),
    ] {
        recording.code = exit;
        assert_eq!(code(&recording.play::<Vibe>()), Some(failure));
    }
    recording.code = Some(0);
    assert_eq!(code(&recording.play::<Vibe>()), None);
    recording.files.clear();
    assert_eq!(code(&recording.play::<Vibe>()), Some("no-terminal-event"));
}

#[test]
fn a_turn_that_the_host_ended_is_cancelled() {
    let (stdout, stderr) = recorded("sigint");
    for exit in [None, Some(0), Some(130), Some(143)] {
        let inputs = vec![
            Input::Begin,
            Input::Stdout(stdout.clone()),
            Input::Cancelled,
            Input::Stderr(stderr.clone()),
            Input::Exited(exit),
        ];
        let events = feed::<Vibe>(Request::new("x"), inputs);
        assert_eq!(code(&events), Some("cancelled"));
    }
}

fn used(name: &str) -> (u32, u32, u32, f64) {
    let events = recording(name).play::<Vibe>();
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
fn usage_comes_from_the_file_and_is_of_this_turn() {
    let (input, cached, output, cost) = used("files");
    assert_eq!((input, cached, output), (2500, 1400, 57));
    assert!((cost - 0.008_355_f64).abs() < 1e-9);
    assert_eq!(used("again"), (100, 0, 20, 0.0006));
}

#[test]
fn without_the_file_nothing_is_known_to_have_ended_well() {
    let (stdout, stderr) = recorded("plain");
    let events = play::<Vibe>(Request::new("x"), &[&stdout], &stderr, Some(0));
    assert_eq!(code(&events), Some("no-terminal-event"));
    for content in ["", "[]", "{\"outcome\":7}", "{\"outcome\":\"finishing\"}"] {
        let mut recording = recording("files");
        recording.files = vec![("export.json".to_owned(), content.as_bytes().to_vec())];
        assert!(!finish(&recording.play::<Vibe>()).ok, "{content}");
    }
}

#[test]
fn every_outcome_that_the_program_knows_has_its_failure() {
    for (outcome, failure) in [
        ("turn_limit", "max-turns"),
        ("token_limit", "max-budget"),
        ("price_limit", "max-budget"),
        ("deadline", "interrupted"),
        ("terminated", "interrupted"),
        ("aborted", "interrupted"),
        ("length", "max-tokens"),
        ("refusal", "refused"),
    ] {
        let mut recording = recording("files");
        let content = serde_json::json!({ "outcome": outcome }).to_string();
        recording.files = vec![("export.json".to_owned(), content.into_bytes())];
        recording.code = Some(3);
        assert_eq!(code(&recording.play::<Vibe>()), Some(failure));
    }
}

/// It does its work with another one, and says so nowhere but in the file.
#[test]
fn another_model_than_the_one_that_was_asked_for_does_not_count() {
    let mut recording = recording("othermodel");
    for code_of_exit in [Some(2), Some(0)] {
        recording.code = code_of_exit;
        assert_eq!(code(&recording.play::<Vibe>()), Some("bad-model"));
    }
    let mut file: serde_json::Value = serde_json::from_slice(&recording.files[0].1).expect("JSON");
    file["outcome"] = "finished".into();
    let mut told = |active: &str| {
        file["config"]["active_model"] = active.into();
        recording.files[0].1 = file.to_string().into_bytes();
        let events = recording.play::<Vibe>();
        let failure = finish(&events).failure.clone();
        (finish(&events).ok, failure.map(|failure| failure.code))
    };
    assert_eq!(told(""), (false, Some("bad-model".to_owned())));
    assert_eq!(told("scripted"), (true, None));
}

#[test]
fn refused_tools_are_counted() {
    for name in ["ro", "robash", "tsro", "denied"] {
        let events = recording(name).play::<Vibe>();
        assert!(
            finish(&events)
                .options
                .contains(&("denied".to_owned(), "1".to_owned())),
            "{name}"
        );
    }
}

#[test]
fn what_was_taken_back_is_no_part_of_the_answer() {
    let (stdout, _) = recorded("maxtok");
    let events = play::<Vibe>(Request::new("x"), &[&stdout], b"", Some(0));
    let said = events
        .iter()
        .any(|event| matches!(event, Event::Text(text) if text.contains("partial")));
    assert!(!said, "{events:?}");
}

#[test]
fn a_rate_limit_says_how_long() {
    let events = recording("429").play::<Vibe>();
    let failure = finish(&events).failure.clone();
    let failure = failure.unwrap_or_else(|| panic!("{events:?}"));
    assert_eq!(
        (failure.code.as_str(), failure.retry, failure.retry_after_ms),
        ("rate-limit", true, Some(2500))
    );
}
