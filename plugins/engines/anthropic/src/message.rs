//! A message as it grows in the stream.

use std::collections::BTreeMap;

use cm_sdk::engine::{Events, Trouble, Usage, Wanted, json};
use serde_json::{Value, json};

/// An answer, as far as it was heard.
#[derive(Debug, Default)]
pub(crate) struct Message {
    blocks: BTreeMap<u64, Block>,
    usage: Value,
    pub(crate) reason: String,
    /// `message_stop` came.
    pub(crate) complete: bool,
    pub(crate) trouble: Option<Trouble>,
}

/// A block of its content: how it began, and what has grown.
#[derive(Debug, Default)]
struct Block {
    begun: Value,
    grown: String,
    signature: String,
}

impl Message {
    pub(crate) fn hear(&mut self, data: &Value, events: &mut Events) {
        match json::text(data, "/type") {
            "message_start" => {
                let counts = data.pointer("/message/usage").filter(|it| it.is_object());
                self.usage = counts.cloned().unwrap_or_default();
            }
            "content_block_start" => self.begin(data, events),
            "content_block_delta" => self.grow(data, events),
            "message_delta" => {
                json::text(data, "/delta/stop_reason").clone_into(&mut self.reason);
                // The counts so far, in place of those at the beginning.
                let counts = data.get("usage").and_then(Value::as_object);
                for (name, count) in counts.into_iter().flatten() {
                    if !count.is_null() {
                        self.usage[name.as_str()] = count.clone();
                    }
                }
            }
            "message_stop" => self.complete = true,
            "error" => {
                let error = data.get("error").unwrap_or(&Value::Null);
                self.trouble = Some(crate::trouble(error));
            }
            _ => {}
        }
    }

    fn begin(&mut self, data: &Value, events: &mut Events) {
        let begun = data.get("content_block").cloned().unwrap_or_default();
        match json::text(&begun, "/type") {
            "text" => {
                events.text_start();
                events.text_piece(json::text(&begun, "/text"));
            }
            "thinking" => {
                events.thought_start();
                events.thought_piece(json::text(&begun, "/thinking"));
            }
            _ => {}
        }
        let grown = match json::text(&begun, "/type") {
            "text" => json::text(&begun, "/text"),
            "thinking" => json::text(&begun, "/thinking"),
            _ => "",
        };
        let block = Block {
            grown: grown.to_owned(),
            signature: json::text(&begun, "/signature").to_owned(),
            begun,
        };
        self.blocks.insert(index(data), block);
    }

    fn grow(&mut self, data: &Value, events: &mut Events) {
        let Some(block) = self.blocks.get_mut(&index(data)) else {
            return;
        };
        let delta = data.get("delta").unwrap_or(&Value::Null);
        match json::text(delta, "/type") {
            "text_delta" => {
                let piece = json::text(delta, "/text");
                block.grown.push_str(piece);
                events.text_piece(piece);
            }
            "thinking_delta" => {
                let piece = json::text(delta, "/thinking");
                block.grown.push_str(piece);
                events.thought_piece(piece);
            }
            "signature_delta" => block.signature.push_str(json::text(delta, "/signature")),
            "input_json_delta" => block.grown.push_str(json::text(delta, "/partial_json")),
            _ => {}
        }
    }

    pub(crate) fn text(&self) -> String {
        self.of("text").map(|block| block.grown.as_str()).collect()
    }

    pub(crate) fn calls(&self) -> Vec<Wanted> {
        let calls = self.of("tool_use");
        calls
            .map(|block| crate::wanted(&block.begun, &block.arguments()))
            .collect()
    }

    /// As the API wants to hear it again.
    pub(crate) fn content(&self) -> Vec<Value> {
        let mut content = Vec::new();
        for block in self.blocks.values() {
            let mut whole = block.begun.clone();
            match json::text(&block.begun, "/type") {
                // The API takes no empty text.
                "text" if block.grown.trim().is_empty() => continue,
                "text" => whole["text"] = json!(block.grown),
                // Without its signature a thought is none.
                "thinking" if block.signature.is_empty() => continue,
                "thinking" => {
                    whole["thinking"] = json!(block.grown);
                    whole["signature"] = json!(block.signature);
                }
                "tool_use" => {
                    let input = serde_json::from_str::<Value>(&block.arguments());
                    whole["input"] = input.ok().filter(Value::is_object).unwrap_or(json!({}));
                }
                "" => continue,
                _ => {}
            }
            content.push(whole);
        }
        content
    }

    /// What the answer cost, when the service has said anything about it.
    pub(crate) fn usage(&self) -> Option<Usage> {
        if self.usage.is_null() {
            return None;
        }
        let cached = json::count(&self.usage, "/cache_read_input_tokens");
        let written = json::count(&self.usage, "/cache_creation_input_tokens");
        let fresh = json::count(&self.usage, "/input_tokens");
        Some(Usage {
            // The API counts apart what it has read before.
            input: fresh.saturating_add(cached).saturating_add(written),
            cached,
            output: json::count(&self.usage, "/output_tokens"),
            reasoning: 0,
            cost_usd: None,
            options: Vec::new(),
        })
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &Block> {
        let blocks = self.blocks.values();
        blocks.filter(move |block| json::text(&block.begun, "/type") == kind)
    }
}

impl Block {
    /// Of a call, as the model wrote them.
    fn arguments(&self) -> String {
        match (self.grown.trim(), self.begun.get("input")) {
            ("", Some(input)) if !input.is_null() => input.to_string(),
            ("", _) => "{}".to_owned(),
            _ => self.grown.clone(),
        }
    }
}

fn index(data: &Value) -> u64 {
    data.get("index").and_then(Value::as_u64).unwrap_or(0)
}
