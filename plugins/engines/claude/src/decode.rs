//! What Claude Code prints, line by line.

use cm_sdk::engine::{Events, Trouble, json, moment_ms};
use serde_json::Value;

use crate::Claude;

impl Claude {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        match json::text(line, "/type") {
            "system" => self.system(line, events),
            "assistant" => self.assistant(line, events),
            "user" => answers(line, events),
            "stream_event" => self.piece(line, events),
            "rate_limit_event" => self.rate_limit(line),
            "control_request" => self.wanted(line, events),
            "control_cancel_request" => self.withdrawn(line),
            "result" => self.result(line, events),
            _ => {}
        }
    }

    fn system(&mut self, line: &Value, events: &mut Events) {
        match json::text(line, "/subtype") {
            "init" => events.session(json::text(line, "/session_id")),
            "api_retry" => events.retry(
                json::text(line, "/error"),
                serde_json::json!({
                    "attempt": line.get("attempt"),
                    "of": line.get("max_retries"),
                    "delay-ms": line.get("retry_delay_ms"),
                    "status": line.get("error_status"),
                }),
            ),
            "permission_denied" => events.denied(),
            "background_tasks_changed" => self.background(line, events),
            "compact_boundary" => events.other("compaction", &serde_json::json!({})),
            _ => {}
        }
    }

    /// A block of a message. The same message may come in several lines.
    fn assistant(&mut self, line: &Value, events: &mut Events) {
        if line.get("is_api_error_message") == Some(&Value::Bool(true))
            || line.get("error").is_some()
        {
            let said: Vec<&str> = json::list(line, "/message/content")
                .iter()
                .map(|block| json::text(block, "/text"))
                .collect();
            self.trouble = Some(self.trouble(line, said.join("\n")));
            return;
        }
        let parent = json::text(line, "/parent_tool_use_id");
        let told = self.streamed.as_deref() == Some(json::text(line, "/message/id"));
        for block in json::list(line, "/message/content") {
            match json::text(block, "/type") {
                // What a helper of the agent says is no part of the answer.
                "text" if parent.is_empty() && !told => events.text(json::text(block, "/text")),
                "thinking" if parent.is_empty() && !told => {
                    events.thought(json::text(block, "/thinking"));
                }
                "tool_use" => events.call_with(
                    json::text(block, "/id"),
                    json::text(block, "/name"),
                    block.get("input").unwrap_or(&Value::Null),
                    options(parent),
                ),
                _ => {}
            }
        }
    }

    /// A piece of a message that is being written.
    fn piece(&mut self, line: &Value, events: &mut Events) {
        if !json::text(line, "/parent_tool_use_id").is_empty() {
            return;
        }
        match json::text(line, "/event/type") {
            "message_start" => {
                self.streamed = Some(json::text(line, "/event/message/id").to_owned());
            }
            "content_block_start" => match json::text(line, "/event/content_block/type") {
                "text" => events.text_start(),
                "thinking" => events.thought_start(),
                _ => {}
            },
            "content_block_delta" => {
                events.text_piece(json::text(line, "/event/delta/text"));
                events.thought_piece(json::text(line, "/event/delta/thinking"));
            }
            _ => {}
        }
    }

    fn rate_limit(&mut self, line: &Value) {
        if json::text(line, "/rate_limit_info/status") == "rejected" {
            self.limited_until_ms = line
                .pointer("/rate_limit_info/resetsAt")
                .and_then(Value::as_f64)
                .and_then(moment_ms);
        }
    }

    pub(crate) fn trouble(&self, line: &Value, text: String) -> Trouble {
        Trouble {
            status: line
                .get("api_error_status")
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok()),
            text,
            until_ms: self.limited_until_ms,
        }
    }
}

/// What tools answered.
fn answers(line: &Value, events: &mut Events) {
    for block in json::list(line, "/message/content") {
        if json::text(block, "/type") == "tool_result" {
            let failed = block.get("is_error") == Some(&Value::Bool(true));
            let output = block.get("content").unwrap_or(&Value::Null);
            events.outcome(
                json::text(block, "/tool_use_id"),
                !failed,
                json::content(output),
            );
        }
    }
}

fn options(parent: &str) -> Vec<(String, String)> {
    if parent.is_empty() {
        Vec::new()
    } else {
        vec![("parent".to_owned(), parent.to_owned())]
    }
}
