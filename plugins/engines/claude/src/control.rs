//! Requests beside the conversation: the program asks for permissions, and is asked to
//! stop.

use cm_sdk::engine::{Events, json as read};
use serde_json::{Value, json};

use crate::Claude;
use crate::permissions::Verdict;

/// What the agent is told of a permission that somebody refused.
const DENIED: &str = "This was not permitted by whoever was asked. Go on without it, or end and say what you would need it for.";
/// What it is told of one that nobody could give.
const REFUSED: &str = "This is not permitted in this turn. Go on without it, or end and say what you would need it for.";

/// A permission that somebody is asked for.
#[derive(Debug)]
pub(crate) struct Pending {
    /// The program's name of its request; the question has the same.
    id: String,
    /// What the tool is called with, which goes back with a yes.
    input: Value,
}

impl Claude {
    /// The program wants something of the host.
    pub(crate) fn wanted(&mut self, line: &Value, events: &mut Events) {
        let id = read::text(line, "/request_id");
        if self.left {
            return;
        }
        if read::text(line, "/request/subtype") != "can_use_tool" {
            let kind = read::text(line, "/request/subtype");
            return events.write(&json!({ "type": "control_response", "response": {
                "subtype": "error", "request_id": id, "error": format!("`{kind}` is not known here"),
            } }));
        }
        let tool = read::text(line, "/request/tool_name");
        let input = line.pointer("/request/input").cloned();
        let input = input.unwrap_or_else(|| json!({}));
        let by_rule = read::text(line, "/request/decision_reason_type") == "rule";
        match self.permissions.verdict(tool, by_rule) {
            _ if self.cancelled => refuse(id, REFUSED, events),
            Verdict::Allow => allow(id, &input, events),
            Verdict::Refuse => refuse(id, REFUSED, events),
            Verdict::Ask => {
                events.ask_for(id, tool, &input, same(&input));
                let id = id.to_owned();
                self.pending.push(Pending { id, input });
            }
        }
    }

    /// The program needs no answer any more.
    pub(crate) fn withdrawn(&mut self, line: &Value) {
        let id = read::text(line, "/request_id");
        self.pending.retain(|asked| asked.id != id);
    }

    /// The permission with this name was given or refused. How often one was refused is
    /// counted by the program.
    pub(crate) fn decided(&mut self, id: &str, granted: bool, events: &mut Events) {
        let Some(at) = self.pending.iter().position(|asked| asked.id == id) else {
            return;
        };
        let asked = self.pending.swap_remove(at);
        if granted {
            allow(&asked.id, &asked.input, events);
        } else {
            refuse(&asked.id, DENIED, events);
        }
    }

    /// Asks the program to stop: it ends the turn then, and its session is whole.
    pub(crate) fn interrupt(&mut self, events: &mut Events) {
        if self.cancelled || self.left {
            return;
        }
        self.cancelled = true;
        events.write(&json!({
            "type": "control_request",
            "request_id": "cm-interrupt",
            "request": { "subtype": "interrupt" },
        }));
    }
}

/// By which the same command is known again: the model describes it in other words each
/// time. What else a command may be called with makes it another one.
fn same(input: &Value) -> Option<&str> {
    let plain = |name: &String| matches!(name.as_str(), "command" | "description");
    if input.as_object()?.keys().all(plain) {
        input.get("command")?.as_str()
    } else {
        None
    }
}

fn allow(id: &str, input: &Value, events: &mut Events) {
    let answer = json!({ "behavior": "allow", "updatedInput": input });
    respond(id, &answer, events);
}

fn refuse(id: &str, why: &str, events: &mut Events) {
    respond(id, &json!({ "behavior": "deny", "message": why }), events);
}

fn respond(id: &str, answer: &Value, events: &mut Events) {
    events.write(&json!({ "type": "control_response", "response": {
        "subtype": "success", "request_id": id, "response": answer,
    } }));
}
