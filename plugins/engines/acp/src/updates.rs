//! What the agent tells while it is at work.

use cm_sdk::engine::{Events, json as read};
use serde_json::{Value, json};

use crate::Acp;
use crate::call::block_text;

impl Acp {
    /// A `session/update`.
    pub(crate) fn update(&mut self, line: &Value, events: &mut Events) {
        let params = line.get("params").unwrap_or(&Value::Null);
        let update = params.get("update").unwrap_or(&Value::Null);
        let kind = read::text(update, "/sessionUpdate");
        if kind == "usage_update" {
            self.speech.settle(events);
            return self.tokens.update(update, self.is_at_work());
        }
        // A session that is loaded is told again, and helpers have sessions of their own.
        let other = read::text(params, "/sessionId");
        if !self.is_at_work() || (!other.is_empty() && other != self.session) {
            return;
        }
        let block = update.get("content").unwrap_or(&Value::Null);
        match kind {
            "agent_message_chunk" => {
                self.tokens.step(update, events);
                let id = read::text(update, "/messageId");
                self.speech.piece(&block_text(block), id, events);
            }
            "agent_thought_chunk" => self.speech.thought(&block_text(block), events),
            "tool_call" | "tool_call_update" => {
                self.speech.act(events);
                self.calls.update(update, events);
            }
            "plan" => {
                self.speech.act(events);
                let entries = update.get("entries").unwrap_or(&Value::Null);
                events.other("plan", &json!({ "items": entries }));
            }
            _ => {
                self.speech.settle(events);
                match kind {
                    "current_mode_update" => events.other(
                        "mode",
                        &json!({ "mode": read::text(update, "/currentModeId") }),
                    ),
                    "notice" => events.notice(&notice(update)),
                    "compaction_update" => events.other("compaction", &json!({})),
                    _ => {}
                }
            }
        }
    }
}

fn notice(update: &Value) -> String {
    let text = ["/message", "/text", "/content/text", "/title"]
        .iter()
        .map(|place| read::text(update, place))
        .find(|text| !text.is_empty());
    text.map_or_else(|| update.to_string(), str::to_owned)
}
