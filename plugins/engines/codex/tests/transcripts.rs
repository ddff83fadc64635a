//! The adapter on what the real program printed.

use std::path::{Path, PathBuf};

use cm_engine_codex::Codex;
use cm_sdk::engine::testing::{Recording, finish, play, recordings_hold};
use cm_sdk::engine::{Event, Request};

/// A recording, the exit code that came with it, and what was asked.
const CASES: &[(&str, Option<i32>, Asked)] = &[
    ("plain", Some(0), Asked::New),
    ("gpt55", Some(0), Asked::New),
    ("resume", Some(0), Asked::Resume),
    ("builtin", Some(0), Asked::New),
    ("denied", Some(0), Asked::New),
    ("ro", Some(0), Asked::New),
    ("401", Some(1), Asked::New),
    ("429", Some(1), Asked::New),
    ("529", Some(1), Asked::New),
    ("quota", Some(1), Asked::New),
    ("nomodel", Some(1), Asked::New),
    ("nokey", Some(1), Asked::New),
    ("maxtok", Some(1), Asked::New),
    ("badresume", Some(1), Asked::Resume),
    ("badflag", Some(2), Asked::New),
    ("envbase", None, Asked::New),
    ("sigint", Some(1), Asked::New),
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
            request.session = Some("01a1fdab-36ba-75e0-8def-9800a6ede881".to_owned());
            let total = r#"{"input":2500,"cached":1400,"output":57,"reasoning":0}"#;
            let previous = serde_json::json!({ "usage-total": total }).to_string();
            request.options.push(("previous".to_owned(), previous));
        }
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
    recordings_hold::<Codex>(&recordings, &folder().join("events"));
}

#[test]
fn an_error_text_is_never_an_answer() {
    for name in [
        "401",
        "429",
        "529",
        "quota",
        "nomodel",
        "nokey",
        "maxtok",
        "badresume",
        "badflag",
        "sigint",
    ] {
        let (stdout, stderr) = recorded(name);
        // Whatever the exit code is.
        let events = play::<Codex>(Request::new("x"), &[&stdout], &stderr, Some(0));
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
        let events = play::<Codex>(Request::new("x"), &[&stdout], b"", code);
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
    let events = play::<Codex>(Request::new("x"), &[&stdout[..end]], b"", Some(0));
    let failed = finish(&events)
        .failure
        .as_ref()
        .map(|failure| failure.code.clone());
    assert_eq!(failed.as_deref(), Some("no-terminal-event"));
}

fn usage(events: &[Event]) -> (u32, u32, bool) {
    let usage = events.iter().find_map(|event| match event {
        Event::Usage(usage) => Some((usage.input, usage.output, !usage.options.is_empty())),
        _ => None,
    });
    usage.unwrap_or_else(|| panic!("no usage in {events:?}"))
}

#[test]
fn usage_is_that_of_the_turn_and_not_of_the_session() {
    let (first, _) = recorded("plain");
    let (second, _) = recorded("resume");
    let events = play::<Codex>(Request::new("x"), &[&first], b"", Some(0));
    assert_eq!(usage(&events), (2500, 57, false));

    let given: serde_json::Map<_, _> = finish(&events)
        .options
        .iter()
        .map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str())))
        .collect();
    let mut next = Request::new("y");
    next.session = Some("s".to_owned());
    next.options = vec![(
        "previous".to_owned(),
        serde_json::Value::Object(given.clone()).to_string(),
    )];
    let events = play::<Codex>(next.clone(), &[&second], b"", Some(0));
    assert_eq!(usage(&events), (100, 20, false));

    // A turn that failed before it could tell passes on what is known.
    let events = play::<Codex>(next.clone(), &[], b"", None);
    let passed = &finish(&events).options;
    assert_eq!(
        passed
            .iter()
            .find(|(name, _)| name == "usage-total")
            .map(|(_, value)| value.as_str()),
        given.get("usage-total").and_then(|value| value.as_str())
    );

    // Not known: all of it, and said to be.
    next.options.clear();
    let events = play::<Codex>(next, &[&second], b"", Some(0));
    assert_eq!(usage(&events), (2600, 77, true));
}

#[test]
fn a_usage_limit_says_when_it_ends() {
    let said = [
        (
            "You’ve hit your usage limit. Upgrade to Pro, or try again in 1 day 2 hours 3 minutes.",
            Some("93780000"),
            None,
        ),
        (
            "You’ve hit your usage limit. Try again at Nov 25th, 2026 3:14 PM.",
            None,
            Some("Nov 25th, 2026 3:14 PM"),
        ),
        ("You’ve hit your usage limit. Try again later.", None, None),
    ];
    for (text, after, words) in said {
        let line = serde_json::json!({ "type": "turn.failed", "error": { "message": text } });
        let events = play::<Codex>(
            Request::new("x"),
            &[line.to_string().as_bytes()],
            b"",
            Some(1),
        );
        let options = events.iter().find_map(|event| match event {
            Event::Limit(limit) => Some(&limit.options),
            _ => None,
        });
        let options = options.unwrap_or_else(|| panic!("{text}: no limit in {events:?}"));
        let option = |wanted: &str| {
            options
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.as_str())
        };
        assert_eq!(
            (option("retry-after-ms"), option("resets")),
            (after, words),
            "{text}"
        );
        let failure = finish(&events).failure.as_ref();
        assert!(failure.is_some_and(|failure| failure.code == "usage-limit" && failure.retry));
    }
}

#[test]
fn other_tools_are_told_too() {
    let lines = concat!(
        r#"{"type":"item.started","item":{"id":"a","type":"mcp_tool_call","server":"t","tool":"ping","arguments":{"n":1},"status":"in_progress"}}"#,
        "\n",
        r#"{"type":"item.completed","item":{"id":"a","type":"mcp_tool_call","server":"t","tool":"ping","arguments":{"n":1},"result":{"content":[{"type":"text","text":"pong"}]},"error":null,"status":"completed"}}"#,
        "\n",
        r#"{"type":"item.completed","item":{"id":"b","type":"file_change","changes":[{"path":"x","kind":"add"}],"status":"failed"}}"#,
        "\n",
        r#"{"type":"item.completed","item":{"id":"c","type":"command_execution","command":"rm x","status":"declined"}}"#,
        "\n",
        r#"{"type":"item.completed","item":{"id":"d","type":"mcp_tool_call","server":"t","tool":"put","arguments":{},"result":null,"error":{"message":"MCP tool call requires approval, but approval policy is never"},"status":"failed"}}"#,
        "\n",
    );
    let events = play::<Codex>(Request::new("x"), &[lines.as_bytes()], b"", Some(0));
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Call(call) => Some(format!("{} {} {}", call.id, call.name, call.arguments)),
            Event::Outcome(outcome) => {
                Some(format!("{} {} {}", outcome.id, outcome.ok, outcome.output))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"a t.ping {"n":1}"#,
            "a true pong",
            r#"b file_change {"changes":[{"kind":"add","path":"x"}]}"#,
            "b false ",
            r#"c command_execution {"command":"rm x"}"#,
            "c false ",
            "d t.put {}",
            "d false MCP tool call requires approval, but approval policy is never",
        ]
    );
    assert!(
        finish(&events)
            .options
            .contains(&("denied".to_owned(), "2".to_owned()))
    );
}
