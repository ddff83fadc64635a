//! What Codex tells while it is at work.

use cm_sdk::engine::{Events, Failure, json as read};
use serde_json::{Value, json};

use crate::Codex;

/// How often in a row Codex may wait for the network. It waits longer each time, the
/// fifth time since more than a minute, and never stops by itself.
const MOST_WAITS: u32 = 5;

impl Codex {
    pub(crate) fn told(&mut self, method: &str, params: &Value, events: &mut Events) {
        let thread = read::text(params, "/threadId");
        let item = params.get("item").unwrap_or(&Value::Null);
        match method {
            "thread/tokenUsage/updated" => {
                // Of a conversation that goes on, what was used before is told first.
                let before = thread == self.thread && read::text(params, "/turnId") != self.turn;
                let usage = params.get("tokenUsage").unwrap_or(&Value::Null);
                return self.tokens.update(thread, before, usage, events);
            }
            "account/rateLimits/updated" => {
                return self.limits.update(params.get("rateLimits"));
            }
            "warning" | "guardianWarning" => {
                return events.notice(read::text(params, "/message"));
            }
            "configWarning" | "deprecationNotice" => {
                return events.notice(read::text(params, "/summary"));
            }
            _ => {}
        }
        // Helpers have conversations of their own.
        if thread != self.thread {
            return;
        }
        match method {
            "turn/started" => self.started(read::text(params, "/turn/id"), events),
            "item/started" => self.began(item, events),
            "item/completed" => self.completed(item, events),
            "item/agentMessage/delta" => {
                self.waits = 0;
                let id = read::text(params, "/itemId");
                self.speech.piece(id, read::text(params, "/delta"), events);
            }
            "item/reasoning/summaryPartAdded" => events.thought_start(),
            "item/reasoning/summaryTextDelta" => {
                let id = read::text(params, "/itemId");
                self.speech
                    .thought(id, read::text(params, "/delta"), events);
            }
            "turn/plan/updated" => {
                let plan = params.get("plan").unwrap_or(&Value::Null);
                events.other("plan", &json!({ "items": plan }));
            }
            "model/rerouted" => events.notice(&format!(
                "the model {} answers in place of {}",
                read::text(params, "/toModel"),
                read::text(params, "/fromModel")
            )),
            "error" => self.erred(params, events),
            "turn/completed" => self.finished(params, events),
            _ => {}
        }
    }

    fn began(&mut self, item: &Value, events: &mut Events) {
        self.waits = 0;
        match read::text(item, "/type") {
            "agentMessage" => self.speech.begin(read::text(item, "/id"), events),
            "reasoning" => events.thought_start(),
            _ => self.calls.begin(item, events),
        }
    }

    fn completed(&mut self, item: &Value, events: &mut Events) {
        self.waits = 0;
        match read::text(item, "/type") {
            "agentMessage" => self.speech.end(item, events),
            "reasoning" => self.speech.thought_end(item, events),
            "contextCompaction" => events.other("compaction", &json!({})),
            _ => self.calls.end(item, events),
        }
    }

    /// An error: one of which Codex recovers by itself, or the turn's last.
    fn erred(&mut self, params: &Value, events: &mut Events) {
        let error = params.get("error").unwrap_or(&Value::Null);
        if params.get("willRetry") != Some(&Value::Bool(true)) {
            self.error = error.clone();
            return;
        }
        let message = read::text(error, "/message");
        let details = error.get("additionalDetails").unwrap_or(&Value::Null);
        events.retry(message, json!({ "details": details }));
        if !message.contains("waiting for network") {
            self.waits = 0;
            return;
        }
        self.waits += 1;
        if self.waits == MOST_WAITS {
            let failure = Failure::new(
                "network",
                "Codex could not reach its service; check the network, a proxy and the base URL.",
            );
            self.interrupt(events);
            self.fail(
                failure
                    .retryable()
                    .with_details(details.as_str().unwrap_or("")),
                events,
            );
        }
    }
}
