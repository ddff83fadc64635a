//! What Pi prints, line by line.

use cm_sdk::engine::{Events, Usage, json};
use serde_json::{Value, json};

use crate::Pi;

impl Pi {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        match json::text(line, "/type") {
            "session" => events.session(json::text(line, "/id")),
            // It begins again when the service did not answer.
            "agent_start" => {
                self.complete = false;
                self.error.clear();
            }
            "message_start" => self.streamed = false,
            "message_update" => self.piece(line, events),
            "message_end" if json::text(line, "/message/role") == "assistant" => {
                self.message(line, events);
            }
            "tool_execution_start" => events.call(
                json::text(line, "/toolCallId"),
                json::text(line, "/toolName"),
                line.get("args").unwrap_or(&Value::Null),
            ),
            "tool_execution_end" => {
                let output = line.pointer("/result/content").unwrap_or(&Value::Null);
                let output = json::content(output);
                let failed = line.get("isError") == Some(&Value::Bool(true));
                // A tool that is not allowed is not there for the model.
                if failed && output.starts_with("Tool ") && output.ends_with(" not found") {
                    events.denied();
                }
                events.outcome(json::text(line, "/toolCallId"), !failed, output);
            }
            "auto_retry_start" => events.retry(
                json::text(line, "/errorMessage"),
                json!({
                    "attempt": line.get("attempt"),
                    "of": line.get("maxAttempts"),
                    "delay-ms": line.get("delayMs"),
                }),
            ),
            "compaction_start" => events.other("compaction", &json!({})),
            "agent_end" => self.complete = true,
            _ => {}
        }
    }

    /// A piece of a message. The line repeats all of the message so far.
    fn piece(&mut self, line: &Value, events: &mut Events) {
        let delta = json::text(line, "/assistantMessageEvent/delta");
        match json::text(line, "/assistantMessageEvent/type") {
            "text_start" => events.text_start(),
            "thinking_start" => events.thought_start(),
            "text_delta" => {
                self.streamed = true;
                events.text_piece(delta);
            }
            "thinking_delta" => {
                self.streamed = true;
                events.thought_piece(delta);
            }
            _ => {}
        }
    }

    fn message(&mut self, line: &Value, events: &mut Events) {
        let message = line.get("message").unwrap_or(&Value::Null);
        let mut said = Vec::new();
        let mut calls = false;
        for block in json::list(message, "/content") {
            match json::text(block, "/type") {
                "text" => said.push(json::text(block, "/text")),
                "thinking" if !self.streamed => events.thought(json::text(block, "/thinking")),
                "toolCall" => calls = true,
                _ => {}
            }
        }
        if !self.streamed {
            for text in &said {
                events.text(text);
            }
        }
        self.answer = if calls {
            String::new()
        } else {
            said.join("\n\n")
        };
        self.reason = json::text(message, "/stopReason").to_owned();
        self.error = json::text(message, "/errorMessage").to_owned();
        let usage = usage(message);
        if usage.input > 0 || usage.output > 0 {
            events.usage(usage);
        }
    }
}

/// The tokens and the money of one message.
fn usage(message: &Value) -> Usage {
    let cached = json::count(message, "/usage/cacheRead");
    Usage {
        input: json::count(message, "/usage/input")
            .saturating_add(cached)
            .saturating_add(json::count(message, "/usage/cacheWrite")),
        cached,
        output: json::count(message, "/usage/output"),
        reasoning: 0,
        cost_usd: json::money(message, "/usage/cost/total"),
        options: Vec::new(),
    }
}
