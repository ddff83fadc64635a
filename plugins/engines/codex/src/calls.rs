//! The agent's tools: told once when they start, and once when they have answered.

use cm_sdk::engine::{Events, json as read};
use serde_json::{Map, Value};

/// Items that are no tools.
const OTHERS: &[&str] = &[
    "",
    "userMessage",
    "hookPrompt",
    "functionCallOutput",
    "plan",
    "subAgentActivity",
    "enteredReviewMode",
    "exitedReviewMode",
    "contextCompaction",
    "sleep",
];

/// What an item holds beside what the tool was given.
const KEEPING: &[&str] = &[
    "id",
    "type",
    "status",
    "server",
    "tool",
    "namespace",
    "source",
    "processId",
    "pluginId",
    "scriptPath",
    "commandActions",
    "aggregatedOutput",
    "exitCode",
    "result",
    "results",
    "contentItems",
    "success",
    "error",
    "agentsStates",
    "durationMs",
    "startedAtMs",
    "completedAtMs",
];

/// The calls of a turn.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// Those that have not ended.
    open: Vec<Call>,
    /// Those that were not allowed.
    refused: Vec<String>,
}

#[derive(Debug)]
struct Call {
    id: String,
    name: String,
    arguments: Value,
}

impl Calls {
    pub(crate) fn begin(&mut self, item: &Value, events: &mut Events) {
        let id = read::text(item, "/id");
        if OTHERS.contains(&read::text(item, "/type")) || self.open.iter().any(|it| it.id == id) {
            return;
        }
        let call = Call {
            id: id.to_owned(),
            name: name(item),
            arguments: arguments(item),
        };
        events.call(&call.id, &call.name, &call.arguments);
        self.open.push(call);
    }

    pub(crate) fn end(&mut self, item: &Value, events: &mut Events) {
        // Some tools are told only once they are done.
        self.begin(item, events);
        let id = read::text(item, "/id");
        let Some(at) = self.open.iter().position(|call| call.id == id) else {
            return;
        };
        self.open.swap_remove(at);
        let status = read::text(item, "/status");
        let error = read::text(item, "/error/message");
        let rejected = error.contains("requires approval") || error.contains("user rejected");
        let refused = status == "declined" || rejected;
        if refused {
            self.refuse(id, events);
        }
        let exit = item.get("exitCode").and_then(Value::as_i64);
        let failed = refused
            || status == "failed"
            || exit.is_some_and(|code| code != 0)
            || item.get("error").is_some_and(|error| !error.is_null())
            || item.get("success") == Some(&Value::Bool(false));
        let said = match (output(item), refused) {
            (said, true) if said.is_empty() => "The permission was refused.".to_owned(),
            (said, _) => said,
        };
        events.outcome(id, !failed, said);
    }

    /// What a call that has begun was given.
    pub(crate) fn given(&self, id: &str) -> Value {
        let call = self.open.iter().find(|call| call.id == id);
        call.map_or(Value::Null, |call| call.arguments.clone())
    }

    /// The last call of this tool that has begun.
    pub(crate) fn last(&self, name: &str) -> &str {
        let call = self.open.iter().rev().find(|call| call.name == name);
        call.map_or("", |call| &call.id)
    }

    /// A call may not be done: somebody says so, and Codex says it again.
    pub(crate) fn refuse(&mut self, id: &str, events: &mut Events) {
        if !self.refused.iter().any(|refused| refused == id) {
            self.refused.push(id.to_owned());
            events.denied();
        }
    }

    /// The turn is over: what did not end has no more chance to.
    pub(crate) fn finish(&mut self, events: &mut Events) {
        for call in self.open.drain(..) {
            let why = match self.refused.contains(&call.id) {
                true => "The permission was refused.",
                false => "Codex did not tell how this ended.",
            };
            events.outcome(&call.id, false, why);
        }
    }
}

fn name(item: &Value) -> String {
    match (read::text(item, "/server"), read::text(item, "/tool")) {
        ("", _) | (_, "") => read::text(item, "/type").to_owned(),
        (server, tool) => format!("{server}.{tool}"),
    }
}

fn arguments(item: &Value) -> Value {
    let Some(item) = item.as_object() else {
        return Value::Null;
    };
    if let Some(arguments) = item.get("arguments") {
        return arguments.clone();
    }
    let given: Map<String, Value> = item
        .iter()
        .filter(|(key, value)| !KEEPING.contains(&key.as_str()) && !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Value::Object(given)
}

fn output(item: &Value) -> String {
    let said = [
        item.get("aggregatedOutput"),
        item.pointer("/error/message"),
        item.get("error"),
        item.pointer("/result/content"),
        item.get("contentItems"),
        item.get("result"),
    ];
    said.into_iter()
        .flatten()
        .map(read::content)
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}
