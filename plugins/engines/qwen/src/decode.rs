//! What Qwen Code prints, line by line.

use cm_sdk::engine::{Events, json};
use serde_json::{Value, json};

use crate::{Qwen, Total};

/// The program waits longer than this in silence only when its account is at a limit;
/// then it is better to end, so that the host knows.
const PATIENCE_MS: u64 = 20_000;

impl Qwen {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        match json::text(line, "/type") {
            "system" => self.system(line, events),
            "assistant" => self.assistant(line, events),
            "user" => answers(line, events),
            "stream_event" => self.piece(line, events),
            "result" => self.result(line, events),
            _ => {}
        }
    }

    fn system(&mut self, line: &Value, events: &mut Events) {
        match json::text(line, "/subtype") {
            "init" => events.session(json::text(line, "/session_id")),
            "retry" => {
                let number = |pointer| line.pointer(pointer).and_then(Value::as_u64);
                // Without a number it is only told that the waiting is over.
                let Some(attempt) = number("/data/attempt") else {
                    return;
                };
                let delay = number("/data/delayMs").unwrap_or(0);
                if attempt > u64::from(self.retries) || delay > PATIENCE_MS {
                    if !std::mem::replace(&mut self.gave_up, true) {
                        events.done();
                    }
                } else {
                    events.retry(
                        "the service did not answer",
                        json!({ "attempt": attempt, "of": self.retries, "delay-ms": delay }),
                    );
                }
            }
            _ => {}
        }
    }

    /// A block of a message. The same message comes in several lines.
    fn assistant(&mut self, line: &Value, events: &mut Events) {
        self.release(events);
        let usage = line.pointer("/message/usage").unwrap_or(&Value::Null);
        self.spent = self.spent.and(Total::from_usage(usage));
        let parent = json::text(line, "/parent_tool_use_id");
        let told = parent.is_empty() && self.streamed;
        for block in json::list(line, "/message/content") {
            match json::text(block, "/type") {
                // What a helper of the agent says is no part of the answer.
                "text" if parent.is_empty() => {
                    let text = json::text(block, "/text");
                    // An error of the service is told in the place of an answer.
                    if text.starts_with("[API Error:") {
                        self.held = Some(text.to_owned());
                    } else if !told {
                        events.text(text);
                    }
                }
                "thinking" if parent.is_empty() && !told => {
                    events.thought(json::text(block, "/thinking"));
                }
                "tool_use" => {
                    let options = if parent.is_empty() {
                        Vec::new()
                    } else {
                        vec![("parent".to_owned(), parent.to_owned())]
                    };
                    events.call_with(
                        json::text(block, "/id"),
                        json::text(block, "/name"),
                        block.get("input").unwrap_or(&Value::Null),
                        options,
                    );
                }
                _ => {}
            }
        }
    }

    /// It was no error after all.
    pub(crate) fn release(&mut self, events: &mut Events) {
        if let Some(text) = self.held.take()
            && !self.streamed
        {
            events.text(&text);
        }
    }

    /// A piece of a message that is being written.
    fn piece(&mut self, line: &Value, events: &mut Events) {
        if !json::text(line, "/parent_tool_use_id").is_empty() {
            return;
        }
        match json::text(line, "/event/type") {
            "message_start" => self.streamed = true,
            "content_block_start" => match json::text(line, "/event/content_block/type") {
                "text" => events.text_start(),
                "thinking" => events.thought_start(),
                _ => {}
            },
            "content_block_delta" => {
                let text = json::text(line, "/event/delta/text");
                if !text.starts_with("[API Error:") {
                    events.text_piece(text);
                }
                events.thought_piece(json::text(line, "/event/delta/thinking"));
            }
            _ => {}
        }
    }
}

/// What tools answered.
fn answers(line: &Value, events: &mut Events) {
    for block in json::list(line, "/message/content") {
        if json::text(block, "/type") == "tool_result" {
            let failed = block.get("is_error") == Some(&Value::Bool(true));
            let output = json::content(block.get("content").unwrap_or(&Value::Null));
            // A tool that is not allowed is not there for the model.
            if failed && output.contains("not found in registry") {
                events.denied();
            }
            events.outcome(json::text(block, "/tool_use_id"), !failed, output);
        }
    }
}
