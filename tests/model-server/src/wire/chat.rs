//! OpenAI Chat Completions: opencode.

use super::Frame;
use crate::answer::{Answer, Stop, id, pieces};
use crate::conversation::{Conversation, Offer, Part, text};
use serde_json::{Value, json};

pub(super) fn read(body: &Value) -> Conversation {
    let mut talk = Conversation::default();
    for tool in body["tools"].as_array().into_iter().flatten() {
        let function = &tool["function"];
        let name = function["name"].as_str().unwrap_or_default().to_owned();
        let schema = function["parameters"].clone();
        talk.tools.push(Offer {
            name,
            group: None,
            schema,
            freeform: false,
        });
    }
    for message in body["messages"].as_array().into_iter().flatten() {
        let content = &message["content"];
        match message["role"].as_str() {
            Some("system" | "developer") => talk.system.push_str(&text(content)),
            Some("user") => talk.user(content),
            Some("tool") => talk.parts.push(Part::ToolResult(text(content))),
            _ => talk.parts.push(Part::Assistant),
        }
    }
    talk
}

fn usage(answer: &Answer) -> Value {
    let usage = answer.usage;
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
    })
}

fn stop(answer: &Answer) -> &'static str {
    match answer.stop {
        Stop::End => "stop",
        Stop::Tool => "tool_calls",
        Stop::MaxTokens => "length",
    }
}

pub(super) fn whole(answer: &Answer) -> Value {
    let mut message = json!({"role": "assistant", "content": answer.text});
    if !answer.thinking.is_empty() {
        message["reasoning_content"] = json!(answer.thinking);
    }
    let call = |call: &crate::tool::Call| {
        let function = json!({"name": call.name, "arguments": call.arguments.to_string()});
        json!({"id": id("call_"), "type": "function", "function": function})
    };
    if !answer.calls.is_empty() {
        message["tool_calls"] = answer.calls.iter().map(call).collect();
    }
    json!({
        "id": id("chatcmpl-"), "object": "chat.completion", "created": 0, "model": answer.model,
        "choices": [{"index": 0, "message": message, "finish_reason": stop(answer)}],
        "usage": usage(answer),
    })
}

pub(super) fn frames(answer: &Answer, request: &Value) -> Vec<Frame> {
    let id_ = id("chatcmpl-");
    let chunk = |choices: Value| {
        json!({
            "id": id_, "object": "chat.completion.chunk", "created": 0,
            "model": answer.model, "choices": choices,
        })
    };
    let delta = |delta: Value| chunk(json!([{"index": 0, "delta": delta, "finish_reason": null}]));
    let mut chunks = vec![delta(json!({"role": "assistant", "content": ""}))];
    let thinking = pieces(&answer.thinking).into_iter();
    chunks.extend(thinking.map(|piece| delta(json!({"reasoning_content": piece}))));
    let text = pieces(&answer.text).into_iter();
    chunks.extend(text.map(|piece| delta(json!({"content": piece}))));
    for (index, call) in answer.calls.iter().enumerate() {
        let function = json!({"name": call.name, "arguments": ""});
        let begun =
            json!({"index": index, "id": id("call_"), "type": "function", "function": function});
        chunks.push(delta(json!({"tool_calls": [begun]})));
        for piece in pieces(&call.arguments.to_string()) {
            let more = json!({"index": index, "function": {"arguments": piece}});
            chunks.push(delta(json!({"tool_calls": [more]})));
        }
    }
    let finish = json!([{"index": 0, "delta": {}, "finish_reason": stop(answer)}]);
    let mut last = chunk(finish);
    // Once only: some clients add up every count that they see.
    if request["stream_options"]["include_usage"] == true {
        chunks.push(last);
        last = chunk(json!([]));
    }
    last["usage"] = usage(answer);
    chunks.push(last);
    let mut frames: Vec<Frame> = chunks
        .iter()
        .map(|chunk| Frame {
            event: None,
            data: chunk.to_string(),
        })
        .collect();
    frames.push(Frame {
        event: None,
        data: "[DONE]".to_owned(),
    });
    frames
}
