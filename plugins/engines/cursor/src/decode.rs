//! What Cursor's agent prints, line by line.

use cm_sdk::engine::{Events, json};
use serde_json::Value;

use crate::{Cursor, Finished};

impl Cursor {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        events.session(json::text(line, "/session_id"));
        match json::text(line, "/type") {
            "assistant" => {
                let content = line.pointer("/message/content").unwrap_or(&Value::Null);
                let text = json::content(content);
                if !text.trim().is_empty() {
                    events.text(&text);
                    self.answer = text;
                }
            }
            "thinking" => events.thought(json::text(line, "/text")),
            "tool_call" => self.tool(line, events),
            "result" => {
                let flagged = line.get("is_error") != Some(&Value::Bool(false));
                let subtype = json::text(line, "/subtype");
                self.result = Some(Finished {
                    ok: !flagged && subtype == "success",
                    subtype: subtype.to_owned(),
                    text: json::text(line, "/result").to_owned(),
                });
            }
            _ => {}
        }
    }

    /// A call is an object with one key, such as `readToolCall`.
    fn tool(&mut self, line: &Value, events: &mut Events) {
        let id = json::text(line, "/call_id");
        let call = line.get("tool_call").and_then(Value::as_object);
        let Some((key, call)) = call.and_then(|call| call.iter().next()) else {
            return;
        };
        let name = match json::text(call, "/name") {
            "" => key.strip_suffix("ToolCall").unwrap_or(key),
            name => name,
        };
        if !self.open.iter().any(|open| open == id) {
            self.open.push(id.to_owned());
            let arguments = call.get("args").or_else(|| call.get("arguments"));
            events.call(id, name, arguments.unwrap_or(&Value::Null));
        }
        if json::text(line, "/subtype") != "completed" {
            return;
        }
        self.open.retain(|open| open != id);
        let result = call.get("result").and_then(Value::as_object);
        let (how, result) = match result.and_then(|result| result.iter().next()) {
            Some((how, result)) => (how.as_str(), result),
            None => ("success", &Value::Null),
        };
        if how == "rejected" {
            events.denied();
        }
        let said = ["/content", "/stdout", "/message", "/error", "/reason"]
            .iter()
            .map(|place| json::text(result, place))
            .find(|text| !text.is_empty());
        let output = said.map_or_else(|| json::content(result), str::to_owned);
        events.outcome(id, how == "success", output);
    }
}
