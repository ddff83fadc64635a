//! The adapter on what services say.

use std::path::{Path, PathBuf};

use cm_engine_chat::Chat;
use cm_sdk::engine::testing::{
    Held, Said, Talk, echo, finish, golden, hold, request_json, talks_hold,
};
use cm_sdk::engine::{Error, Event, Failure, McpServer, PermissionLevel, Request, Service as _};
use serde_json::{Value, json};

#[path = "../../every_service.rs"]
mod every_service;

type Subject = Chat;
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
    hold::<Chat>(request(), said, echo).expect("a turn")
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
    Request {
        model: Some("ollama/qwen3".to_owned()),
        ..Request::new("please write hello to /srv/project/hello.txt")
    }
}

/// Chunks as services send them.
fn stream(chunks: &[Value]) -> Said {
    let mut body = String::from(": OPENROUTER PROCESSING\n\n");
    for chunk in chunks {
        body.push_str(&format!("data: {chunk}\n\n"));
    }
    body.push_str("data: [DONE]\n\n");
    Said::stream(body)
}

fn delta(delta: Value) -> Value {
    json!({ "choices": [{ "index": 0, "delta": delta, "finish_reason": null }] })
}

fn end(reason: &str) -> Value {
    json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": reason }] })
}

/// As OpenRouter streams a model that thinks and wants two things done.
fn thoughtful() -> Said {
    stream(&[
        delta(json!({ "role": "assistant", "content": "", "reasoning": "Let me " })),
        delta(json!({ "content": "", "reasoning": "look.",
            "reasoning_details": [{ "type": "reasoning.text", "text": "x", "signature": "s" }] })),
        delta(json!({ "content": "I look." })),
        delta(
            json!({ "tool_calls": [{ "index": 0, "id": "c1", "type": "function",
            "function": { "name": "read", "arguments": "" } }] }),
        ),
        delta(json!({ "tool_calls": [{ "index": 0, "id": "c1",
            "function": { "name": "read", "arguments": "{\"path\":" } }] })),
        delta(json!({ "tool_calls": [{ "index": 0, "function": { "arguments": "\"a.md\"}" } }] })),
        delta(
            json!({ "tool_calls": [{ "index": 1, "id": "c2", "type": "function",
            "function": { "name": "list", "arguments": "" }, "extra_content": { "seal": "z" } }] }),
        ),
        end("tool_calls"),
        json!({ "choices": [], "usage": {
            "prompt_tokens": 100, "completion_tokens": 30, "cost": 0.0125,
            "prompt_tokens_details": { "cached_tokens": 70 },
            "completion_tokens_details": { "reasoning_tokens": 12 } } }),
    ])
}

/// As small servers do: no numbers, no ids, whole calls, and `stop` in spite of them.
fn terse() -> Said {
    let call =
        |path: &str| json!({ "function": { "name": "read", "arguments": { "path": path } } });
    stream(&[
        delta(json!({ "role": "assistant", "content": null, "tool_calls": [call("a")] })),
        delta(json!({ "tool_calls": [call("b")] })),
        json!({ "choices": [{ "delta": { "content": "" }, "finish_reason": "stop" }],
            "usage": { "prompt_tokens": 5, "completion_tokens": 3 } }),
    ])
}

fn broken(error: Value) -> Said {
    stream(&[
        delta(json!({ "content": "Half an ans" })),
        json!({ "error": error }),
    ])
}

#[test]
fn talks_decode_to_the_same_events_as_before_whatever_happens_to_them() {
    let talks = [
        talk("plain", vec![recorded("plain.1"), recorded("plain.2")]),
        talk("thoughtful", vec![thoughtful(), recorded("plain.2")]),
        talk("terse", vec![terse(), recorded("plain.2")]),
        talk("maxtok", vec![recorded("maxtok.1")]),
        talk(
            "busy",
            vec![
                broken(json!({ "code": 502, "message": "Provider returned error" })),
                recorded("plain.2"),
            ],
        ),
    ];
    talks_hold::<Chat>(&talks, &folder().join("events"));
}

#[test]
fn requests_are_as_before() {
    let schema = r#"{"type":"object","properties":{"ok":{"type":"boolean"}}}"#;
    let named = |model: &str| Request {
        model: Some(model.to_owned()),
        ..request()
    };
    let chosen = |model: &str, provider: &str| Request {
        options: vec![
            ("provider".to_owned(), provider.to_owned()),
            ("max-tokens".to_owned(), "500".to_owned()),
        ],
        tools: vec!["read".to_owned()],
        ..named(model)
    };
    let requests = [
        request(),
        Request {
            effort: Some("high".to_owned()),
            instructions: Some("Answer in French.".to_owned()),
            schema: Some(schema.to_owned()),
            permissions: PermissionLevel::ReadOnly,
            ..named("openrouter/anthropic/claude-sonnet-4.5")
        },
        chosen("ollama/qwen3", "ollama"),
        chosen("openai/gpt-oss-20b", "vllm"),
        named("openai/gpt-oss-20b"),
        named("deepseek/deepseek-chat"),
    ];
    let asked: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let held = hold::<Chat>(request, &[recorded("plain.2")], echo).expect("a turn");
            request_json(&held.requests[0])
        })
        .collect();
    golden(&folder().join("requests.jsonl"), &asked);
    let error = hold::<Chat>(Request::new("x"), &[], echo).expect_err("no model");
    assert!(matches!(error, Error::Invalid(failure) if failure.code == "no-model"));
    let unknown = hold::<Chat>(chosen("x", "nowhere"), &[], echo).expect_err("no service");
    assert!(matches!(unknown, Error::Invalid(failure) if failure.code == "unsupported"));
    assert!(hold::<Chat>(named("ollama/"), &[], echo).is_err());
}

#[test]
fn what_belongs_to_the_service_goes_back_to_it() {
    let held = held(&[thoughtful(), recorded("plain.2")]);
    assert_eq!(usages(&held)[0], (100, 70, 30, 12));
    let cost = held.events.iter().find_map(|event| match event {
        Event::Usage(usage) => usage.cost_usd,
        _ => None,
    });
    assert_eq!(cost, Some(0.0125));
    let messages = held.body(1)["messages"].clone();
    assert_eq!(
        messages[2],
        json!({
            "role": "assistant", "content": "I look.",
            "tool_calls": [
                { "id": "c1", "type": "function",
                    "function": { "name": "read", "arguments": "{\"path\":\"a.md\"}" } },
                { "id": "c2", "type": "function", "extra_content": { "seal": "z" },
                    "function": { "name": "list", "arguments": "{}" } },
            ],
            "reasoning_details": [{ "type": "reasoning.text", "text": "x", "signature": "s" }],
        })
    );
    assert_eq!(messages[3]["tool_call_id"], "c1");
    assert_eq!(messages[4]["content"], "list {}");
}

#[test]
fn small_servers_are_understood() {
    let held = held(&[terse(), recorded("plain.2")]);
    let calls: Vec<_> = held
        .calls
        .iter()
        .map(|call| (&*call.id, &*call.arguments))
        .collect();
    assert_eq!(
        calls,
        [("call", "{\"path\":\"a\"}"), ("call-2", "{\"path\":\"b\"}")]
    );
    assert!(finish(&held.events).ok);
}

#[test]
fn no_answer_is_a_word_on_why() {
    let filtered = stream(&[end("content_filter")]);
    assert_eq!(ended(&held(&[filtered])), ("refused", false));
    let long = broken(json!({ "code": 400, "message": "maximum context length is 8192 tokens" }));
    assert_eq!(ended(&held(&[long])), ("prompt-too-long", false));
    let quota = broken(json!({ "code": "insufficient_quota", "message": "no more" }));
    assert_eq!(ended(&held(&[quota])), ("no-credit", false));
    let words = broken(json!("model not found"));
    assert_eq!(ended(&held(&[words])), ("bad-model", false));
}

#[test]
fn the_description_names_all_keys_that_the_package_may_have() {
    let info = Chat::describe();
    let manifest = include_str!("../cm.toml");
    for variable in info.environment {
        assert!(manifest.contains(&format!("\"{variable}\"")), "{variable}");
    }
}
