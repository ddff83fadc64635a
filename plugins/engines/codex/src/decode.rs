//! What Codex prints, line by line.

use cm_sdk::engine::{Events, json};
use serde_json::{Map, Value, json};

use crate::{Codex, Total};

impl Codex {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        match json::text(line, "/type") {
            "thread.started" => events.session(json::text(line, "/thread_id")),
            "turn.started" => self.complete = false,
            "item.started" => self.started(line, events),
            "item.updated" | "item.completed" => self.completed(line, events),
            "turn.completed" => {
                let total = Total::from_usage(line.get("usage").unwrap_or(&Value::Null));
                events.usage(total.since(self.after.or(self.before)));
                self.after = Some(total);
                self.complete = true;
            }
            "turn.failed" => {
                self.failed = Some(json::text(line, "/error/message").to_owned());
                self.complete = false;
            }
            "error" => self.warning(json::text(line, "/message"), events),
            _ => {}
        }
    }

    /// An `error` line is often a passing one: a lost connection, a hint.
    fn warning(&mut self, message: &str, events: &mut Events) {
        if message.starts_with("Reconnecting") {
            events.retry(message, json!({}));
        } else {
            self.warned = Some(message.to_owned());
        }
    }

    fn started(&mut self, line: &Value, events: &mut Events) {
        let item = line.get("item").unwrap_or(&Value::Null);
        match json::text(item, "/type") {
            "agent_message" | "reasoning" | "error" | "todo_list" | "" => {}
            _ => self.call(item, events),
        }
    }

    fn completed(&mut self, line: &Value, events: &mut Events) {
        let item = line.get("item").unwrap_or(&Value::Null);
        let done = json::text(line, "/type") == "item.completed";
        match json::text(item, "/type") {
            "agent_message" if done => {
                self.answer = json::text(item, "/text").to_owned();
                events.text(&self.answer);
            }
            "reasoning" if done => events.thought(json::text(item, "/text")),
            "error" if done => events.notice(json::text(item, "/message")),
            "todo_list" => {
                let tasks = item.get("items").unwrap_or(&Value::Null);
                events.other("plan", &json!({ "items": tasks }));
            }
            "agent_message" | "reasoning" | "error" | "" => {}
            _ if done => self.answered(item, events),
            _ => {}
        }
    }

    fn call(&mut self, item: &Value, events: &mut Events) {
        let id = json::text(item, "/id");
        let name = match (json::text(item, "/server"), json::text(item, "/tool")) {
            ("", _) | (_, "") => json::text(item, "/type").to_owned(),
            (server, tool) => format!("{server}.{tool}"),
        };
        self.open.push(id.to_owned());
        events.call(id, &name, &arguments(item));
    }

    fn answered(&mut self, item: &Value, events: &mut Events) {
        let id = json::text(item, "/id");
        match self.open.iter().position(|open| open == id) {
            Some(at) => drop(self.open.swap_remove(at)),
            // Some tools are told only once they are done.
            None => {
                self.call(item, events);
                self.open.pop();
            }
        }
        let status = json::text(item, "/status");
        // A tool of a server that the person has set up without approving its tools.
        let unapproved = json::text(item, "/error/message").contains("requires approval");
        if status == "declined" || unapproved {
            events.denied();
        }
        let failed = matches!(status, "failed" | "declined")
            || item
                .get("exit_code")
                .and_then(Value::as_i64)
                .is_some_and(|code| code != 0)
            || item.get("error").is_some_and(|error| !error.is_null());
        events.outcome(id, !failed, output(item));
    }
}

/// What a tool was given: what the item holds beside its own keeping and results.
fn arguments(item: &Value) -> Value {
    const RESULTS: &[&str] = &[
        "id",
        "type",
        "status",
        "server",
        "tool",
        "aggregated_output",
        "exit_code",
        "result",
        "error",
    ];
    let Some(item) = item.as_object() else {
        return Value::Null;
    };
    if let Some(arguments) = item.get("arguments") {
        return arguments.clone();
    }
    let given: Map<String, Value> = item
        .iter()
        .filter(|(key, _)| !RESULTS.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Value::Object(given)
}

fn output(item: &Value) -> String {
    let said = [
        item.get("aggregated_output"),
        item.pointer("/error/message"),
        item.get("error"),
        item.pointer("/result/content"),
        item.get("result"),
    ];
    said.into_iter()
        .flatten()
        .map(json::content)
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}
