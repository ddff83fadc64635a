//! The agent's tools: told once when they start, and once when they have answered.

use cm_sdk::engine::{Events, json as read};
use serde_json::Value;

use crate::call::Call;
use crate::preset::Naming;

/// The calls of a turn.
#[derive(Debug)]
pub(crate) struct Calls {
    naming: Naming,
    list: Vec<Call>,
}

impl Calls {
    pub(crate) fn new(naming: Naming) -> Self {
        Self {
            naming,
            list: Vec::new(),
        }
    }

    /// Takes what the agent says of a call, and tells what can be told by now.
    pub(crate) fn update(&mut self, update: &Value, events: &mut Events) {
        let first = read::text(update, "/sessionUpdate") == "tool_call";
        let Some(call) = self.merge(update) else {
            return;
        };
        // Arguments often follow the call itself.
        let known = !first || call.is_filled();
        match read::text(update, "/status") {
            "completed" => call.end(true, events),
            "failed" => call.end(false, events),
            "in_progress" => call.tell(events),
            _ if known => call.tell(events),
            _ => {}
        }
    }

    /// Takes what a request for a permission says of a call, and tells that it starts.
    pub(crate) fn wanted(&mut self, update: &Value, events: &mut Events) -> Option<Call> {
        let call = self.merge(update)?;
        call.tell(events);
        Some(call.clone())
    }

    /// A call may not be done.
    pub(crate) fn refused(&mut self, id: &str) {
        if let Some(call) = self.list.iter_mut().find(|call| call.id == id) {
            call.refused = true;
        }
    }

    /// The turn is over: what did not end has no more chance to.
    pub(crate) fn finish(&mut self, events: &mut Events) {
        for call in &mut self.list {
            if call.ended {
                continue;
            }
            call.tell(events);
            call.ended = true;
            let why = if call.refused {
                "The permission was refused."
            } else {
                "The agent did not tell how this ended."
            };
            events.outcome(&call.id, false, why);
        }
        self.list.clear();
    }

    fn merge(&mut self, update: &Value) -> Option<&mut Call> {
        let id = read::text(update, "/toolCallId");
        if id.is_empty() {
            return None;
        }
        let at = match self.list.iter().position(|call| call.id == id) {
            Some(at) => at,
            None => {
                self.list.push(Call::new(id));
                self.list.len() - 1
            }
        };
        let call = self.list.get_mut(at)?;
        call.take(update, self.naming);
        Some(call)
    }
}
