//! The way to the turn: initialize, open the conversation, start the turn.

use cm_sdk::engine::{Events, json as read};
use serde_json::{Value, json};

use crate::Codex;

/// A request that was sent to Codex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Initialize,
    /// A conversation is begun, resumed or forked.
    Thread,
    Turn,
}

impl Codex {
    pub(crate) fn initialize(&mut self, events: &mut Events) {
        let params = json!({
            "clientInfo": { "name": "cm", "title": "cm", "version": env!("CARGO_PKG_VERSION") },
            // All that was changed, told anew with each change.
            "capabilities": { "optOutNotificationMethods": ["turn/diff/updated"] },
        });
        self.send(Step::Initialize, "initialize", params, events);
    }

    fn send(&mut self, step: Step, method: &str, params: Value, events: &mut Events) {
        let id = self.request(method, params, events);
        self.sent = Some((id, step));
    }

    fn request(&mut self, method: &str, params: Value, events: &mut Events) -> u64 {
        self.requests += 1;
        events.write(&json!({ "id": self.requests, "method": method, "params": params }));
        self.requests
    }

    /// Codex answered a request.
    pub(crate) fn answered(&mut self, id: u64, line: &Value, events: &mut Events) {
        let Some((_, step)) = self.sent.take_if(|(sent, _)| *sent == id) else {
            return;
        };
        // Who was stopped before the turn began has nothing more to say.
        if self.cancelled && step != Step::Turn {
            return;
        }
        let result = line.get("result").unwrap_or(&Value::Null);
        match (step, line.get("error")) {
            (_, Some(error)) => self.refused(step, error, events),
            (Step::Initialize, _) => {
                events.write(&json!({ "method": "initialized" }));
                let (method, params) = self.opening.thread();
                self.send(Step::Thread, method, params, events);
            }
            (Step::Thread, _) => self.opened(result, events),
            (Step::Turn, _) => self.started(read::text(result, "/turn/id"), events),
        }
    }

    fn opened(&mut self, result: &Value, events: &mut Events) {
        let thread = read::text(result, "/thread/id");
        if thread.is_empty() {
            return self.no_thread(events);
        }
        events.session(thread);
        self.thread = thread.to_owned();
        if !self.opening.goes_on() {
            self.tokens.begin(thread);
        }
        let params = self.opening.turn(thread, result);
        self.send(Step::Turn, "turn/start", params, events);
    }

    /// The turn has begun: the answer says so, and what Codex tells.
    pub(crate) fn started(&mut self, turn: &str, events: &mut Events) {
        if !self.turn.is_empty() {
            return;
        }
        self.turn = turn.to_owned();
        if self.cancelled && !turn.is_empty() {
            self.interrupt(events);
        }
    }

    /// The turn is to end: Codex ends it and says so.
    pub(crate) fn cancel(&mut self, events: &mut Events) {
        self.cancelled = true;
        if self.ending.is_some() {
            return;
        }
        let starts = self.sent.is_some_and(|(_, step)| step == Step::Turn);
        if !self.turn.is_empty() {
            self.interrupt(events);
        } else if !starts {
            events.close_stdin();
        }
    }

    pub(crate) fn interrupt(&mut self, events: &mut Events) {
        let params = json!({ "threadId": self.thread, "turnId": self.turn });
        self.request("turn/interrupt", params, events);
    }
}
