//! What Goose prints, line by line.

use cm_sdk::engine::{Events, Usage, json};
use serde_json::{Value, json};

use crate::Goose;

impl Goose {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        match json::text(line, "/type") {
            "message" => self.message(line.get("message").unwrap_or(&Value::Null), events),
            "notification" => events.other("notification", line),
            "error" => self.failed = Some(error(line)),
            "complete" => {
                // A turn that answered has a conversation to go on with.
                events.session(&self.session);
                let (input, output) = (
                    json::count(line, "/input_tokens"),
                    json::count(line, "/output_tokens"),
                );
                if input > 0 || output > 0 {
                    events.usage(Usage {
                        input,
                        cached: 0,
                        output,
                        reasoning: 0,
                        cost_usd: None,
                        options: Vec::new(),
                    });
                }
                self.complete = true;
            }
            _ => {}
        }
    }

    fn message(&mut self, message: &Value, events: &mut Events) {
        let id = json::text(message, "/id");
        let own = json::text(message, "/role") == "assistant";
        for block in json::list(message, "/content") {
            match json::text(block, "/type") {
                "text" if own => self.say(id, json::text(block, "/text"), events),
                "thinking" if own => {
                    self.speaking = false;
                    events.thought(json::text(block, "/thinking"));
                }
                "toolRequest" | "frontendToolRequest" => {
                    self.speaking = false;
                    let call = block.pointer("/toolCall/value").unwrap_or(&Value::Null);
                    let name = match json::text(call, "/name") {
                        "" => "tool",
                        name => name,
                    };
                    let arguments = call.get("arguments").cloned().unwrap_or(json!({}));
                    events.call(json::text(block, "/id"), name, &arguments);
                }
                "toolResponse" => {
                    let result = block.get("toolResult").unwrap_or(&Value::Null);
                    let value = result.get("value").unwrap_or(&Value::Null);
                    let failed = json::text(result, "/status") != "success"
                        || value.get("isError") == Some(&Value::Bool(true));
                    let content = value.get("content").unwrap_or(value);
                    let output = match json::text(result, "/error") {
                        "" => json::content(content),
                        error => error.to_owned(),
                    };
                    events.outcome(json::text(block, "/id"), !failed, output);
                }
                "systemNotification" => events.notice(json::text(block, "/msg")),
                _ => {}
            }
        }
    }

    /// A message comes in pieces that have the same name.
    fn say(&mut self, id: &str, text: &str, events: &mut Events) {
        if !self.speaking || id != self.message {
            if text.trim().is_empty() {
                return;
            }
            events.text_start();
            self.answer.clear();
            self.speaking = true;
            self.message = id.to_owned();
        }
        self.answer.push_str(text);
        events.text_piece(text);
    }
}

fn error(line: &Value) -> String {
    match line.get("error") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "error".to_owned(),
    }
}
