//! Anthropic Messages: Claude Code.

use super::Frame;
use crate::answer::{Answer, Stop, id, pieces};
use crate::conversation::{Conversation, Offer, Part, text};
use serde_json::{Value, json};

pub(super) fn read(body: &Value) -> Conversation {
    let mut talk = Conversation {
        system: text(&body["system"]),
        ..Conversation::default()
    };
    for tool in body["tools"].as_array().into_iter().flatten() {
        let name = tool["name"].as_str().unwrap_or_default().to_owned();
        let schema = tool["input_schema"].clone();
        talk.tools.push(Offer {
            name,
            group: None,
            schema,
            freeform: false,
        });
    }
    for message in body["messages"].as_array().into_iter().flatten() {
        let content = &message["content"];
        let blocks = content.as_array().map(Vec::as_slice).unwrap_or_default();
        let is_result = |block: &Value| block["type"] == "tool_result";
        match (message["role"].as_str(), blocks.iter().rposition(is_result)) {
            (Some("assistant"), _) => talk.parts.push(Part::Assistant),
            (_, Some(at)) => {
                talk.parts
                    .push(Part::ToolResult(text(&blocks[at]["content"])));
                // A turn that ended with a result, and the prompt of the next one, are
                // one message. What else stands there are reminders.
                talk.user(&Value::from(&blocks[at + 1..]));
            }
            (Some("user"), None) => talk.user(content),
            _ => {}
        }
    }
    talk
}

/// The finished blocks of an answer.
fn blocks(answer: &Answer) -> Vec<Value> {
    let mut blocks = Vec::new();
    if !answer.thinking.is_empty() {
        let thinking = &answer.thinking;
        blocks.push(json!({"type": "thinking", "thinking": thinking, "signature": "c2NyaXB0"}));
    }
    if !answer.text.is_empty() {
        blocks.push(json!({"type": "text", "text": answer.text}));
    }
    for call in &answer.calls {
        let (id, name, input) = (id("toolu_"), &call.name, &call.arguments);
        blocks.push(json!({"type": "tool_use", "id": id, "name": name, "input": input}));
    }
    blocks
}

fn usage(answer: &Answer, output: u64) -> Value {
    json!({
        "input_tokens": answer.usage.input.saturating_sub(answer.usage.cached),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": answer.usage.cached,
        "output_tokens": output,
    })
}

fn message(answer: &Answer, content: Vec<Value>, stop: Option<&str>, output: u64) -> Value {
    json!({
        "id": id("msg_"), "type": "message", "role": "assistant", "model": answer.model,
        "content": content, "stop_reason": stop, "stop_sequence": null,
        "usage": usage(answer, output),
    })
}

fn stop(answer: &Answer) -> &'static str {
    match answer.stop {
        Stop::End => "end_turn",
        Stop::Tool => "tool_use",
        Stop::MaxTokens => "max_tokens",
    }
}

pub(super) fn whole(answer: &Answer) -> Value {
    message(
        answer,
        blocks(answer),
        Some(stop(answer)),
        answer.usage.output,
    )
}

pub(super) fn frames(answer: &Answer) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut send = |event: &'static str, mut data: Value| {
        data["type"] = json!(event);
        frames.push(Frame {
            event: Some(event),
            data: data.to_string(),
        });
    };
    // The vendor's first count of output tokens is a placeholder; the last one holds.
    send(
        "message_start",
        json!({"message": message(answer, Vec::new(), None, 1)}),
    );
    send("ping", json!({}));
    for (index, block) in blocks(answer).into_iter().enumerate() {
        let mut empty = block.clone();
        let (kind, field, full) = match block["type"].as_str() {
            Some("thinking") => ("thinking_delta", "thinking", answer.thinking.clone()),
            Some("tool_use") => ("input_json_delta", "input", block["input"].to_string()),
            _ => ("text_delta", "text", answer.text.clone()),
        };
        empty[field] = if field == "input" {
            json!({})
        } else {
            json!("")
        };
        let key = if field == "input" {
            "partial_json"
        } else {
            field
        };
        send(
            "content_block_start",
            json!({"index": index, "content_block": empty}),
        );
        for piece in pieces(&full) {
            let delta = json!({"type": kind, key: piece});
            send(
                "content_block_delta",
                json!({"index": index, "delta": delta}),
            );
        }
        if field == "thinking" {
            let delta = json!({"type": "signature_delta", "signature": block["signature"]});
            send(
                "content_block_delta",
                json!({"index": index, "delta": delta}),
            );
        }
        send("content_block_stop", json!({"index": index}));
    }
    let delta = json!({"stop_reason": stop(answer), "stop_sequence": null});
    let usage = usage(answer, answer.usage.output);
    send("message_delta", json!({"delta": delta, "usage": usage}));
    send("message_stop", json!({}));
    frames
}
