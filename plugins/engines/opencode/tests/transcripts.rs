//! The adapter on what the real program printed.

use std::path::{Path, PathBuf};

use cm_engine_opencode::Opencode;
use cm_sdk::engine::testing::{cut, event_json, finish, golden, joined, play};
use cm_sdk::engine::{Event, Request};
use proptest::prelude::*;

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
fn recordings_decode_to_the_same_events_as_before() {
    for (name, code, asked) in CASES {
        let (stdout, stderr) = recorded(name);
        assert!(
            !stdout.is_empty() || !stderr.is_empty(),
            "{name} is recorded"
        );
        let events = joined(play::<Opencode>(
            request(*asked),
            &[&stdout],
            &stderr,
            *code,
        ));
        finish(&events);
        let values: Vec<_> = events.iter().map(event_json).collect();
        golden(&folder().join(format!("events/{name}.jsonl")), &values);
    }
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

fn case() -> impl Strategy<Value = usize> {
    0..CASES.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_cut_of_the_bytes_gives_the_same_events(case in case(), places in prop::collection::vec(any::<usize>(), 0..40)) {
        let (name, code, asked) = CASES[case];
        let (stdout, stderr) = recorded(name);
        let whole = play::<Opencode>(request(asked), &[&stdout], &stderr, code);
        let pieces = cut(&stdout, &places);
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(play::<Opencode>(request(asked), &pieces, &stderr, code), whole);
    }

    #[test]
    fn a_cut_off_recording_never_counts_as_success(case in case(), end in any::<usize>(), code in prop::option::of(0..3i32)) {
        let (name, _, asked) = CASES[case];
        let (stdout, stderr) = recorded(name);
        let last = stdout.trim_ascii_end().len().max(1);
        let events = play::<Opencode>(request(asked), &[&stdout[..end % last]], &stderr, code);
        prop_assert!(!finish(&events).ok);
    }

    #[test]
    fn damaged_bytes_end_in_one_finish(case in case(), damage in prop::collection::vec((any::<usize>(), any::<u8>()), 1..30), code in prop::option::of(-1..3i32)) {
        let (name, _, asked) = CASES[case];
        let (mut stdout, stderr) = recorded(name);
        for (place, byte) in damage {
            let length = stdout.len().max(1);
            if let Some(at) = stdout.get_mut(place % length) {
                *at = byte;
            }
        }
        let events = play::<Opencode>(request(asked), &[&stdout], &stderr, code);
        prop_assert!(finish(&events).ok <= (code == Some(0)));
    }

    #[test]
    fn garbage_ends_in_one_failed_finish(bytes in prop::collection::vec(any::<u8>(), 0..2000), code in prop::option::of(-1..300i32)) {
        let events = play::<Opencode>(Request::new("x"), &[&bytes], &bytes, code);
        prop_assert!(!finish(&events).ok);
    }
}
