//! What Codex asks its client: mostly whether the agent may do something.

use cm_sdk::engine::{Events, PermissionLevel, json as read};
use serde_json::{Value, json};

use crate::Codex;

/// What a model is told that asks its person something.
const NOBODY: &str = "Nobody is there to answer; decide for yourself, and say in your answer what you took for granted.";

/// A permission that somebody is asked for.
#[derive(Debug)]
pub(crate) struct Asked {
    /// By which it was asked for.
    key: String,
    /// Codex's id of its request.
    id: Value,
    call: String,
    answers: Answers,
}

/// What Codex is told then.
#[derive(Debug)]
struct Answers {
    yes: Value,
    no: Value,
}

impl Codex {
    /// Codex asks for something.
    pub(crate) fn wants(&mut self, method: &str, id: &Value, params: &Value, events: &mut Events) {
        let call = read::text(params, "/itemId");
        let reason = params.get("reason").unwrap_or(&Value::Null);
        match method {
            "item/commandExecution/requestApproval" => {
                let network = params.get("networkApprovalContext");
                let network = network.filter(|network| !network.is_null());
                let mut arguments = json!({
                    "command": read::text(params, "/command"),
                    "cwd": read::text(params, "/cwd"),
                });
                let pattern = self.kind_of_command(params, network);
                put(&mut arguments, "reason", reason);
                put(&mut arguments, "network", network.unwrap_or(&Value::Null));
                let wish = ("commandExecution", &arguments, Some(pattern.as_str()));
                self.ask(id, call, wish, decision(), events);
            }
            "item/fileChange/requestApproval" => {
                let mut arguments = match self.calls.given(call) {
                    Value::Object(given) => Value::Object(given),
                    _ => json!({}),
                };
                put(&mut arguments, "reason", reason);
                let root = params.get("grantRoot").unwrap_or(&Value::Null);
                put(&mut arguments, "grantRoot", root);
                let wish = ("fileChange", &arguments, None);
                self.ask(id, call, wish, decision(), events);
            }
            "item/permissions/requestApproval" => {
                let wanted = params.get("permissions").unwrap_or(&Value::Null);
                let mut arguments = json!({ "permissions": wanted });
                put(&mut arguments, "reason", reason);
                let answers = Answers {
                    yes: json!({ "permissions": wanted, "scope": "turn" }),
                    no: json!({ "permissions": {}, "scope": "turn" }),
                };
                self.ask(id, call, ("permissions", &arguments, None), answers, events);
            }
            "mcpServer/elicitation/request" => self.elicited(id, params, events),
            "item/tool/requestUserInput" => {
                let questions = read::list(params, "/questions").iter();
                let answers: serde_json::Map<String, Value> = questions
                    .map(|question| {
                        let id = read::text(question, "/id").to_owned();
                        (id, json!({ "answers": [NOBODY] }))
                    })
                    .collect();
                events.notice("the agent asked its person a question, and was told to decide");
                events.write(&json!({ "id": id, "result": { "answers": answers } }));
            }
            _ => events.write(&json!({
                "id": id,
                "error": { "code": -32601, "message": format!("Method not found: {method}") },
            })),
        }
    }

    /// What commands that are allowed for longer have in common with this one: why the
    /// agent wants it is said in other words each time.
    fn kind_of_command(&self, params: &Value, network: Option<&Value>) -> String {
        let (command, cwd) = (read::text(params, "/command"), read::text(params, "/cwd"));
        let kind = match read::text(params, "/kind") {
            "" | "command" => String::new(),
            kind => format!("{kind}: "),
        };
        match network {
            Some(network) => format!(
                "{}://{}",
                read::text(network, "/protocol"),
                read::text(network, "/host")
            ),
            None => format!("{kind}{command} (in {cwd})"),
        }
    }

    /// A server of the Model Context Protocol, or Codex in its name, wants something.
    fn elicited(&mut self, id: &Value, params: &Value, events: &mut Events) {
        let server = read::text(params, "/serverName");
        let kind = read::text(params, "/_meta/codex_approval_kind");
        if kind.is_empty() {
            let message = read::text(params, "/message");
            events.notice(&format!(
                "the MCP server `{server}` wanted something to be filled in, and nobody can: {message}"
            ));
            return events.write(&json!({ "id": id, "result": { "action": "decline" } }));
        }
        let tool = format!("{server}.{}", read::text(params, "/_meta/tool_name"));
        let arguments = params.pointer("/_meta/tool_params");
        let arguments = arguments.cloned().unwrap_or_else(|| json!({}));
        let call = self.calls.last(&tool).to_owned();
        let answers = Answers {
            yes: json!({ "action": "accept", "content": {} }),
            no: json!({ "action": "decline" }),
        };
        self.ask(id, &call, (&tool, &arguments, None), answers, events);
    }

    fn ask(
        &mut self,
        id: &Value,
        call: &str,
        (tool, arguments, pattern): (&str, &Value, Option<&str>),
        answers: Answers,
        events: &mut Events,
    ) {
        if self.opening.level == PermissionLevel::Full {
            return answer(id, &answers.yes, events);
        }
        if self.cancelled {
            return answer(id, &answers.no, events);
        }
        let key = format!("approval-{}", id.to_string().trim_matches('"'));
        events.ask_for(&key, tool, arguments, pattern);
        self.asked.push(Asked {
            key,
            id: id.clone(),
            call: call.to_owned(),
            answers,
        });
    }

    /// The permission with this name was given or refused.
    pub(crate) fn decided(&mut self, key: &str, granted: bool, events: &mut Events) {
        let Some(at) = self.asked.iter().position(|asked| asked.key == key) else {
            return;
        };
        let asked = self.asked.swap_remove(at);
        if granted {
            return answer(&asked.id, &asked.answers.yes, events);
        }
        self.calls.refuse(&asked.call, events);
        answer(&asked.id, &asked.answers.no, events);
    }
}

/// Once, and not for everything like it: that is for the host to remember.
fn decision() -> Answers {
    Answers {
        yes: json!({ "decision": "accept" }),
        no: json!({ "decision": "decline" }),
    }
}

fn answer(id: &Value, result: &Value, events: &mut Events) {
    events.write(&json!({ "id": id, "result": result }));
}

fn put(arguments: &mut Value, name: &str, value: &Value) {
    if !value.is_null() {
        arguments[name] = value.clone();
    }
}
