//! Gemini API: Gemini CLI. The model is in the path, and so is whether to stream.

use super::Frame;
use crate::answer::{Answer, Stop, id, pieces};
use crate::conversation::{Conversation, Offer, Part, text};
use serde_json::{Value, json};

pub(super) fn read(body: &Value) -> Conversation {
    let mut talk = Conversation {
        system: text(&body["systemInstruction"]["parts"]),
        ..Conversation::default()
    };
    for group in body["tools"].as_array().into_iter().flatten() {
        for tool in group["functionDeclarations"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let schema = ["parametersJsonSchema", "parameters"].map(|field| &tool[field]);
            let schema = schema.into_iter().find(|schema| !schema.is_null());
            talk.tools.push(Offer {
                name: tool["name"].as_str().unwrap_or_default().to_owned(),
                group: None,
                schema: schema.cloned().unwrap_or_default(),
                freeform: false,
            });
        }
    }
    for content in body["contents"].as_array().into_iter().flatten() {
        let parts = content["parts"].as_array().map(Vec::as_slice);
        let parts = parts.unwrap_or_default();
        let is_result = |part: &Value| part["functionResponse"].is_object();
        match (content["role"].as_str(), parts.iter().rposition(is_result)) {
            (Some("model"), _) => talk.parts.push(Part::Assistant),
            (_, Some(at)) => {
                let response = &parts[at]["functionResponse"]["response"];
                let said = ["output", "error"].map(|field| &response[field]);
                let said = said.into_iter().find_map(Value::as_str);
                let said = said.map_or_else(|| response.to_string(), str::to_owned);
                talk.parts.push(Part::ToolResult(said));
                talk.user(&Value::from(&parts[at + 1..]));
            }
            _ => talk.user(&content["parts"]),
        }
    }
    talk
}

fn usage(answer: &Answer) -> Value {
    let usage = answer.usage;
    json!({
        "promptTokenCount": usage.input,
        "candidatesTokenCount": usage.output,
        "totalTokenCount": usage.input + usage.output,
        "cachedContentTokenCount": usage.cached,
    })
}

fn chunk(answer: &Answer, id: &str, parts: &[Value]) -> Value {
    json!({
        "candidates": [{"index": 0, "content": {"role": "model", "parts": parts}}],
        "modelVersion": answer.model, "responseId": id,
    })
}

/// The last one says why it ends, and what it took.
fn end(answer: &Answer, mut chunk: Value) -> Value {
    chunk["candidates"][0]["finishReason"] = json!(match answer.stop {
        Stop::MaxTokens => "MAX_TOKENS",
        Stop::End | Stop::Tool => "STOP",
    });
    chunk["usageMetadata"] = usage(answer);
    chunk
}

/// The parts of an answer, its texts whole or in pieces.
fn parts(answer: &Answer, cut: impl Fn(&str) -> Vec<String>) -> Vec<Value> {
    let thinking = cut(&answer.thinking).into_iter();
    let mut parts: Vec<Value> = thinking
        .map(|piece| json!({"text": piece, "thought": true}))
        .collect();
    parts.extend(
        cut(&answer.text)
            .into_iter()
            .map(|piece| json!({"text": piece})),
    );
    parts.extend(answer.calls.iter().map(|call| {
        json!({"functionCall": {"id": id("fc_"), "name": call.name, "args": call.arguments}})
    }));
    parts
}

pub(super) fn whole(answer: &Answer) -> Value {
    let all = |text: &str| match text {
        "" => Vec::new(),
        text => vec![text.to_owned()],
    };
    end(answer, chunk(answer, &id("gem_"), &parts(answer, all)))
}

pub(super) fn frames(answer: &Answer) -> Vec<Frame> {
    let id = id("gem_");
    let mut chunks: Vec<Value> = parts(answer, pieces)
        .into_iter()
        .map(|part| chunk(answer, &id, &[part]))
        .collect();
    chunks.push(end(answer, chunk(answer, &id, &[json!({"text": ""})])));
    chunks
        .iter()
        .map(|chunk| Frame {
            event: None,
            data: chunk.to_string(),
        })
        .collect()
}
