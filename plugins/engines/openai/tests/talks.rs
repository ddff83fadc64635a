//! The adapter on what services say.

use std::path::{Path, PathBuf};

use cm_engine_openai::OpenAi;
use cm_sdk::engine::testing::{
    Held, Said, Talk, echo, finish, golden, hold, request_json, talks_hold,
};
use cm_sdk::engine::{
    Error, Event, Failure, Finding, McpServer, PermissionLevel, Request, Service as _,
};
use serde_json::{Value, json};

#[path = "../../every_service.rs"]
mod every_service;

type Subject = OpenAi;
/// Where a request holds what was said.
const MESSAGES: &str = "input";

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
    hold::<OpenAi>(request(), said, echo).expect("a turn")
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

fn done(index: u64, item: Value) -> Value {
    json!({ "type": "response.output_item.done", "output_index": index, "item": item })
}

fn completed(usage: Value) -> Value {
    json!({ "type": "response.completed", "response": {
        "id": "resp_1", "status": "completed", "output": [], "usage": usage,
    } })
}

fn message(text: &str) -> Value {
    json!({ "type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
        "content": [{ "type": "output_text", "text": text, "annotations": [] }] })
}

/// Thinks, and wants two things done at once.
fn thoughtful() -> Said {
    let call = |id: &str, name: &str, arguments: &str| {
        json!({ "type": "function_call", "id": format!("fc_{id}"), "call_id": id, "name": name,
            "arguments": arguments, "status": "completed" })
    };
    let thought = json!({ "type": "reasoning", "id": "rs_1", "encrypted_content": "gAAAA",
        "summary": [{ "type": "summary_text", "text": "Looking." }] });
    stream(&[
        json!({ "type": "response.created", "response": { "id": "resp_1" } }),
        json!({ "type": "response.reasoning_summary_text.delta", "output_index": 0,
            "summary_index": 0, "delta": "Loo" }),
        json!({ "type": "response.reasoning_summary_text.delta", "output_index": 0,
            "summary_index": 0, "delta": "king." }),
        done(0, thought),
        json!({ "type": "response.function_call_arguments.delta", "output_index": 1,
            "delta": "{\"path\"" }),
        done(1, call("call_1", "read", "{\"path\":\"a.md\"}")),
        done(2, call("call_2", "list", "")),
        completed(json!({
            "input_tokens": 100, "input_tokens_details": { "cached_tokens": 70 },
            "output_tokens": 30, "output_tokens_details": { "reasoning_tokens": 12 },
        })),
    ])
}

fn failed(code: &str, message: &str) -> Said {
    stream(&[json!({ "type": "response.failed", "response": {
        "status": "failed", "error": { "code": code, "message": message }, "usage": null,
    } })])
}

#[test]
fn talks_decode_to_the_same_events_as_before_whatever_happens_to_them() {
    let talks = [
        talk("plain", vec![recorded("plain.1"), recorded("plain.2")]),
        talk("thoughtful", vec![thoughtful(), recorded("plain.2")]),
        talk("maxtok", vec![recorded("maxtok.1")]),
        talk(
            "busy",
            vec![failed("server_error", "oops"), recorded("plain.2")],
        ),
        talk(
            "quota",
            vec![failed(
                "insufficient_quota",
                "You exceeded your current quota",
            )],
        ),
    ];
    talks_hold::<OpenAi>(&talks, &folder().join("events"));
}

#[test]
fn requests_are_as_before() {
    let closed = r#"{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}"#;
    let requests = [
        request(),
        Request {
            model: Some("gpt-5.5".to_owned()),
            effort: Some("high".to_owned()),
            instructions: Some("Answer in French.".to_owned()),
            schema: Some(closed.to_owned()),
            permissions: PermissionLevel::ReadOnly,
            ..request()
        },
        Request {
            model: Some("gpt-4.1".to_owned()),
            tools: vec!["read".to_owned()],
            options: vec![("max-tokens".to_owned(), "500".to_owned())],
            ..request()
        },
    ];
    let asked: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let held = hold::<OpenAi>(request, &[recorded("plain.2")], echo).expect("a turn");
            request_json(&held.requests[0])
        })
        .collect();
    golden(&folder().join("requests.jsonl"), &asked);
}

#[test]
fn thoughts_go_back_sealed_and_without_names() {
    let held = held(&[thoughtful(), recorded("plain.2")]);
    assert_eq!(usages(&held)[0], (100, 70, 30, 12));
    let input = held.body(1)["input"].clone();
    assert_eq!(
        input[1],
        json!({ "type": "reasoning", "encrypted_content": "gAAAA",
        "summary": [{ "type": "summary_text", "text": "Looking." }] })
    );
    assert_eq!(
        input[2],
        json!({ "type": "function_call", "call_id": "call_1", "name": "read",
        "arguments": "{\"path\":\"a.md\"}" })
    );
    assert_eq!(
        input[4],
        json!({ "type": "function_call_output", "call_id": "call_1",
        "output": "read {\"path\":\"a.md\"}" })
    );
    assert_eq!(input[5]["output"], "list {}");
}

#[test]
fn a_service_that_sends_no_pieces_is_heard_too() {
    let whole = stream(&[done(0, message("All at once.")), completed(json!({}))]);
    let heard = held(&[whole]);
    assert_eq!(texts(&heard), "All at once.");
    assert_eq!(finish(&heard.events).text, "All at once.");
    // Nor items.
    let last = json!({ "type": "response.completed", "response": {
        "status": "completed", "output": [message("At the end.")], "usage": {} } });
    assert_eq!(finish(&held(&[stream(&[last])]).events).text, "At the end.");
}

#[test]
fn the_last_message_is_the_answer() {
    let two = stream(&[
        done(0, message("On the way.")),
        done(1, message("The answer.")),
        completed(json!({})),
    ]);
    let held = held(&[two]);
    assert_eq!(finish(&held.events).text, "The answer.");
    assert_eq!(texts(&held), "On the way.\n\nThe answer.");
}

#[test]
fn no_answer_is_a_word_on_why() {
    let incomplete = |reason: &str| {
        stream(&[json!({ "type": "response.incomplete", "response": {
            "status": "incomplete", "incomplete_details": { "reason": reason } } })])
    };
    assert_eq!(
        ended(&held(&[incomplete("max_output_tokens")])),
        ("max-tokens", false)
    );
    assert_eq!(
        ended(&held(&[incomplete("content_filter")])),
        ("refused", false)
    );
    let quota = failed("insufficient_quota", "You exceeded your current quota");
    assert_eq!(ended(&held(&[quota])), ("no-credit", false));
    let long = failed(
        "context_length_exceeded",
        "Your input exceeds the context window",
    );
    assert_eq!(ended(&held(&[long])), ("prompt-too-long", false));
    let error = stream(&[json!({ "type": "error", "code": "invalid_prompt", "message": "odd" })]);
    assert_eq!(ended(&held(&[error])), ("invalid", false));
}

#[test]
fn an_effort_that_a_model_has_not_is_told() {
    let plain = Request {
        model: Some("gpt-4.1".to_owned()),
        effort: Some("high".to_owned()),
        ..request()
    };
    let held = hold::<OpenAi>(plain, &[recorded("plain.2")], echo).expect("a turn");
    assert_eq!(others(&held, "not-honoured")[0]["what"], "effort");
    assert_eq!(held.body(0).get("reasoning"), None);
}

#[test]
fn the_description_names_the_key_and_no_program() {
    let info = OpenAi::describe();
    assert!(info.programs.is_empty() && info.probes.is_empty());
    assert!(info.environment.contains(&"OPENAI_API_KEY".to_owned()));
    let health = |set: &str| {
        OpenAi::diagnose(&[Finding {
            purpose: "environment".to_owned(),
            code: Some(0),
            stdout: set.to_owned(),
            stderr: String::new(),
        }])
    };
    assert_eq!(health("A\nOPENAI_API_KEY").signed_in, Some(true));
    assert_eq!(health("A\nB").signed_in, Some(false));
    let remedy = health("").remedy.unwrap_or_default();
    assert!(remedy.contains("OPENAI_API_KEY"), "{remedy}");
    assert_eq!(OpenAi::diagnose(&[]).signed_in, None);
}
