//! The adapter on what services say.

use std::path::{Path, PathBuf};

use cm_engine_anthropic::Anthropic;
use cm_sdk::engine::testing::{
    Held, Said, Talk, echo, finish, golden, hold, request_json, talks_hold,
};
use cm_sdk::engine::{
    Error, Event, Failure, Finding, McpServer, PermissionLevel, Request, Service as _,
};
use serde_json::{Value, json};

#[path = "../../every_service.rs"]
mod every_service;

type Subject = Anthropic;
/// Where a request holds what was said.
const MESSAGES: &str = "messages";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// What was recorded under this name.
fn recorded(name: &str) -> Said {
    let file = folder().join("transcripts").join(format!("{name}.sse"));
    let body = std::fs::read(&file);
    Said::stream(body.unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

fn talk(name: &str, said: Vec<Said>) -> Talk {
    Talk {
        name: name.to_owned(),
        request: request(),
        said,
    }
}

fn held(said: &[Said]) -> Held {
    hold::<Anthropic>(request(), said, echo).expect("a turn")
}

/// A later turn of the same conversation.
fn next(held: &Held, prompt: &str) -> Request {
    Request {
        model: request().model,
        ..held.next(prompt)
    }
}

fn ended(held: &Held) -> (&str, bool) {
    let failure = finish(&held.events).failure.as_ref();
    failure.map_or(("", false), |failure| (&failure.code, failure.retry))
}

fn texts(held: &Held) -> String {
    let pieces = held.events.iter().filter_map(|event| match event {
        Event::Text(text) => Some(text.as_str()),
        _ => None,
    });
    pieces.collect()
}

fn usages(held: &Held) -> Vec<(u32, u32, u32, u32)> {
    let usages = held.events.iter().filter_map(|event| match event {
        Event::Usage(usage) => Some((usage.input, usage.cached, usage.output, usage.reasoning)),
        _ => None,
    });
    usages.collect()
}

fn others<'a>(held: &'a Held, kind: &'a str) -> Vec<Value> {
    let others = held.events.iter().filter_map(move |event| match event {
        Event::Other(other) if other.kind == kind => serde_json::from_str(&other.body).ok(),
        _ => None,
    });
    others.collect()
}

fn request() -> Request {
    Request::new("please write hello to /srv/project/hello.txt")
}

/// Events as the API's documentation shows them.
fn stream(events: &[Value]) -> Said {
    let mut body = String::new();
    for event in events {
        let name = event["type"].as_str().unwrap_or_default();
        body.push_str(&format!("event: {name}\ndata: {event}\n\n"));
    }
    Said::stream(body)
}

fn start(usage: Value) -> Value {
    json!({ "type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "content": [],
        "model": "claude-sonnet-4-6", "stop_reason": null, "usage": usage,
    } })
}

fn end(reason: &str) -> [Value; 2] {
    [
        json!({ "type": "message_delta", "delta": { "stop_reason": reason, "stop_sequence": null },
            "usage": { "output_tokens": 30 } }),
        json!({ "type": "message_stop" }),
    ]
}

fn block(index: u64, block: Value, deltas: &[Value]) -> Vec<Value> {
    let mut events =
        vec![json!({ "type": "content_block_start", "index": index, "content_block": block })];
    events.extend(
        deltas
            .iter()
            .map(|delta| json!({ "type": "content_block_delta", "index": index, "delta": delta })),
    );
    events.push(json!({ "type": "content_block_stop", "index": index }));
    events
}

/// Thinks, speaks, and wants two things done at once.
fn thoughtful() -> Said {
    let usage = json!({
        "input_tokens": 10, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 70,
        "output_tokens": 1,
    });
    let mut events = vec![start(usage), json!({ "type": "ping" })];
    events.extend(block(
        0,
        json!({ "type": "thinking", "thinking": "", "signature": "" }),
        &[
            json!({ "type": "thinking_delta", "thinking": "Let me " }),
            json!({ "type": "thinking_delta", "thinking": "look." }),
            json!({ "type": "signature_delta", "signature": "c2ln" }),
        ],
    ));
    events.extend(block(
        1,
        json!({ "type": "redacted_thinking", "data": "EncryptedData" }),
        &[],
    ));
    events.extend(block(
        2,
        json!({ "type": "text", "text": "" }),
        &[
            json!({ "type": "text_delta", "text": "I look " }),
            json!({ "type": "text_delta", "text": "at both." }),
        ],
    ));
    events.extend(block(
        3,
        json!({ "type": "tool_use", "id": "toolu_1", "name": "read", "input": {} }),
        &[
            json!({ "type": "input_json_delta", "partial_json": "" }),
            json!({ "type": "input_json_delta", "partial_json": "{\"path\": \"a" }),
            json!({ "type": "input_json_delta", "partial_json": ".md\"}" }),
        ],
    ));
    events.extend(block(
        4,
        json!({ "type": "tool_use", "id": "toolu_2", "name": "list", "input": {} }),
        &[],
    ));
    events.extend(end("tool_use"));
    stream(&events)
}

fn says(text: &str, reason: &str) -> Said {
    let mut events = vec![start(json!({ "input_tokens": 5, "output_tokens": 1 }))];
    events.extend(block(
        0,
        json!({ "type": "text", "text": "" }),
        &[json!({ "type": "text_delta", "text": text })],
    ));
    events.extend(end(reason));
    stream(&events)
}

fn broken(kind: &str, message: &str) -> Said {
    let mut events = vec![start(json!({ "input_tokens": 5, "output_tokens": 1 }))];
    events.push(json!({ "type": "error", "error": { "type": kind, "message": message } }));
    stream(&events)
}

#[test]
fn talks_decode_to_the_same_events_as_before_whatever_happens_to_them() {
    let talks = [
        talk("plain", vec![recorded("plain.1"), recorded("plain.2")]),
        talk(
            "thoughtful",
            vec![thoughtful(), says("Both are fine.", "end_turn")],
        ),
        talk("maxtok", vec![recorded("maxtok.1")]),
        talk("refusal", vec![says("I will not.", "refusal")]),
        talk(
            "busy",
            vec![
                broken("overloaded_error", "Overloaded"),
                recorded("plain.2"),
            ],
        ),
    ];
    talks_hold::<Anthropic>(&talks, &folder().join("events"));
}

#[test]
fn requests_are_as_before() {
    let closed = r#"{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}"#;
    let open = r#"{"type":"object","properties":{"ok":{"type":"boolean"}}}"#;
    let requests = [
        request(),
        Request {
            model: Some("claude-opus-4-7".to_owned()),
            effort: Some("high".to_owned()),
            instructions: Some("Answer in French.".to_owned()),
            schema: Some(closed.to_owned()),
            permissions: PermissionLevel::ReadOnly,
            directories: vec!["/srv/other".to_owned()],
            ..request()
        },
        Request {
            model: Some("claude-haiku-4-5".to_owned()),
            effort: Some("low".to_owned()),
            schema: Some(open.to_owned()),
            tools: vec!["read".to_owned()],
            options: vec![("max-tokens".to_owned(), "500".to_owned())],
            ..request()
        },
    ];
    let asked: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let held =
                hold::<Anthropic>(request, &[says("Yes.", "end_turn")], echo).expect("a turn");
            request_json(&held.requests[0])
        })
        .collect();
    golden(&folder().join("requests.jsonl"), &asked);
}

#[test]
fn thoughts_go_back_with_the_calls_that_they_led_to() {
    let held = held(&[thoughtful(), says("Both are fine.", "end_turn")]);
    assert_eq!(usages(&held), [(100, 70, 30, 0), (5, 0, 30, 0)]);
    let body = held.body(1);
    let content = body["messages"][1]["content"].clone();
    assert_eq!(
        content,
        json!([
            { "type": "thinking", "thinking": "Let me look.", "signature": "c2ln" },
            { "type": "redacted_thinking", "data": "EncryptedData" },
            { "type": "text", "text": "I look at both." },
            { "type": "tool_use", "id": "toolu_1", "name": "read", "input": { "path": "a.md" } },
            { "type": "tool_use", "id": "toolu_2", "name": "list", "input": {} },
        ])
    );
    let results = body["messages"][2]["content"].clone();
    assert_eq!(results[0]["content"], "read {\"path\": \"a.md\"}");
    assert_eq!(results[0]["tool_use_id"], "toolu_1");
    assert_eq!(results[1]["cache_control"], json!({ "type": "ephemeral" }));
    // The marks are of one question alone.
    assert_eq!(body["messages"][0]["content"][0].get("cache_control"), None);
    assert_eq!(finish(&held.events).text, "Both are fine.");
}

#[test]
fn a_pause_is_no_end() {
    let held = held(&[says("A moment.", "pause_turn"), says("Done.", "end_turn")]);
    assert_eq!(finish(&held.events).text, "Done.");
    assert_eq!(held.body(1)["messages"][1]["role"], "assistant");
}

#[test]
fn no_answer_is_a_word_on_why() {
    assert_eq!(ended(&held(&[says("No.", "refusal")])), ("refused", false));
    let full = says("", "model_context_window_exceeded");
    assert_eq!(ended(&held(&[full])), ("prompt-too-long", false));
    let bad = broken("invalid_request_error", "odd");
    assert_eq!(ended(&held(&[bad])), ("invalid", false));
    // Nothing to say is an answer, too; nothing of it is kept.
    let silent = stream(&[vec![start(json!({}))], end("end_turn").to_vec()].concat());
    let quiet = held(&[silent]);
    assert!(finish(&quiet.events).ok);
    let after = hold::<Anthropic>(next(&quiet, "again"), &[recorded("plain.2")], echo);
    let messages = after.expect("a turn").body(0)["messages"].clone();
    assert_eq!(messages.as_array().map(Vec::len), Some(2));
}

#[test]
fn an_effort_that_a_model_has_not_is_told() {
    let old = Request {
        model: Some("claude-3-5-haiku-latest".to_owned()),
        effort: Some("high".to_owned()),
        ..request()
    };
    let held = hold::<Anthropic>(old, &[recorded("plain.2")], echo).expect("a turn");
    assert_eq!(others(&held, "not-honoured")[0]["what"], "effort");
    assert_eq!(held.body(0).get("thinking"), None);
}

#[test]
fn the_description_names_the_key_and_no_program() {
    let info = Anthropic::describe();
    assert!(info.programs.is_empty() && info.probes.is_empty());
    assert!(info.environment.contains(&"ANTHROPIC_API_KEY".to_owned()));
    let health = |set: &str| {
        Anthropic::diagnose(&[Finding {
            purpose: "environment".to_owned(),
            code: Some(0),
            stdout: set.to_owned(),
            stderr: String::new(),
        }])
    };
    assert_eq!(health("A\nANTHROPIC_API_KEY").signed_in, Some(true));
    assert_eq!(health("A\nB").signed_in, Some(false));
    let remedy = health("").remedy.unwrap_or_default();
    assert!(remedy.contains("ANTHROPIC_API_KEY"), "{remedy}");
    assert_eq!(Anthropic::diagnose(&[]).signed_in, None);
}
