//! What Mistral Vibe prints: entries of the conversation, each when it is finished.

use cm_sdk::engine::{Events, json};
use serde_json::Value;

use crate::Vibe;

impl Vibe {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        let kind = json::text(line, "/type");
        if matches!(kind, "message" | "reasoning" | "effect" | "callback") {
            events.session(json::text(line, "/sessionId"));
        }
        // What was said before the model was asked again; what it says then follows.
        let taken_back = json::text(line, "/outcome/type") == "discarded"
            && json::text(line, "/outcome/cause") == "retry";
        match kind {
            _ if taken_back => {}
            "message" if json::text(line, "/role") == "assistant" => {
                let said: Vec<&str> = json::list(line, "/content")
                    .iter()
                    .map(|block| json::text(block, "/text"))
                    .filter(|text| !text.is_empty())
                    .collect();
                let said = said.join("\n\n");
                events.text(&said);
                self.answer = said;
            }
            "reasoning" => events.thought(json::text(line, "/text")),
            "effect" => self.effect(line, events),
            _ => {}
        }
    }

    /// A tool is told once, when it is done.
    fn effect(&mut self, line: &Value, events: &mut Events) {
        self.answer.clear();
        let id = json::text(line, "/id");
        let name = json::text(line, "/detail/toolName");
        events.call(
            id,
            name,
            line.pointer("/detail/input").unwrap_or(&Value::Null),
        );
        if json::text(line, "/state/error/code") == "tool_denied" {
            events.denied();
        }
        let said = [
            "/state/outputText",
            "/state/error/message",
            "/state/output/output",
            "/state/display/message",
        ];
        let output = said
            .into_iter()
            .map(|pointer| json::text(line, pointer))
            .find(|text| !text.is_empty());
        events.outcome(
            id,
            json::text(line, "/state/status") == "completed",
            output.unwrap_or_default(),
        );
    }
}
