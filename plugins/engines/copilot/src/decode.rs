//! What Copilot CLI prints, line by line.

use cm_sdk::engine::{Events, Trouble, json};
use serde_json::{Value, json};

use crate::Copilot;

/// How many messages and thoughts may be in the making at once.
const STREAMS: usize = 16;

impl Copilot {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        let kind = json::text(line, "/type");
        let data = line.get("data").unwrap_or(&Value::Null);
        // What a helper of the agent says is no part of the answer.
        let helper = !json::text(data, "/parentToolCallId").is_empty();
        match kind {
            "user.message" if !helper => events.session(&self.session),
            "assistant.message_start" if !helper => events.text_start(),
            "assistant.message_delta" if !helper => {
                self.streaming(json::text(data, "/messageId"));
                events.text_piece(json::text(data, "/deltaContent"));
            }
            "assistant.reasoning_delta" if !helper => {
                if self.streaming(json::text(data, "/reasoningId")) {
                    events.thought_start();
                }
                events.thought_piece(json::text(data, "/deltaContent"));
            }
            "assistant.message" if !helper => self.message(data, events),
            "assistant.reasoning" if !helper && !self.told(json::text(data, "/reasoningId")) => {
                events.thought(json::text(data, "/content"));
            }
            "tool.execution_start" => call(data, events),
            "tool.execution_complete" => outcome(data, events),
            "assistant.turn_start" => self.trouble = None,
            "assistant.turn_retry" => {
                events.retry(json::text(data, "/reason"), json!({}));
            }
            "session.warning" => events.notice(json::text(data, "/message")),
            "session.error" => self.trouble = Some(trouble(data)),
            "abort" => self.aborted = true,
            "result" => {
                events.session(json::text(line, "/sessionId"));
                self.result = line.get("exitCode").and_then(Value::as_i64);
            }
            _ => {}
        }
    }

    /// A whole message, after its pieces.
    fn message(&mut self, data: &Value, events: &mut Events) {
        let text = json::text(data, "/content");
        if !self.told(json::text(data, "/messageId")) {
            events.text(text);
        }
        self.answer.clear();
        if json::list(data, "/toolRequests").is_empty() {
            self.answer.push_str(text);
        }
    }

    /// Whether this piece is the first one.
    fn streaming(&mut self, id: &str) -> bool {
        let new = self.streamed.last().is_none_or(|last| last != id);
        if new {
            // A message is told whole soon after its pieces; what never was is forgotten.
            if self.streamed.len() == STREAMS {
                self.streamed.remove(0);
            }
            self.streamed.push(id.to_owned());
        }
        new
    }

    /// Whether its pieces were told; it does not come again.
    fn told(&mut self, id: &str) -> bool {
        let at = self.streamed.iter().position(|streamed| streamed == id);
        at.map(|at| self.streamed.swap_remove(at)).is_some()
    }
}

fn call(data: &Value, events: &mut Events) {
    let parent = json::text(data, "/parentToolCallId");
    let options = if parent.is_empty() {
        Vec::new()
    } else {
        vec![("parent".to_owned(), parent.to_owned())]
    };
    events.call_with(
        json::text(data, "/toolCallId"),
        json::text(data, "/toolName"),
        data.get("arguments").unwrap_or(&Value::Null),
        options,
    );
}

fn outcome(data: &Value, events: &mut Events) {
    let error = json::text(data, "/error/message");
    if json::text(data, "/error/code") == "denied" {
        events.denied();
    }
    let output = match error {
        "" => json::text(data, "/result/content"),
        error => error,
    };
    events.outcome(
        json::text(data, "/toolCallId"),
        data.get("success") == Some(&Value::Bool(true)),
        output,
    );
}

fn trouble(data: &Value) -> Trouble {
    Trouble {
        status: data
            .get("statusCode")
            .and_then(Value::as_u64)
            .and_then(|status| u16::try_from(status).ok()),
        text: json::text(data, "/message").to_owned(),
        until_ms: None,
    }
}
