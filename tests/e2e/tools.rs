//! What agents and commands ask of the host while they are at work: its tools, other
//! agents, the person, and servers that the person has set up.

use serde_json::{Value, json};

use crate::{durability::journal::Events, support::Cm};

mod clients;
mod coordination;
mod host;
mod persons;
mod servers;

/// A use of a tool, as the journal tells of it.
#[derive(Debug)]
struct Used {
    tool: String,
    ok: bool,
    /// What it answered, blanks and line ends made one.
    said: String,
}

/// What the agent of this step used, in order.
fn used(cm: &Cm, step: &str) -> Vec<Used> {
    let events = Events::of(cm, "last");
    events.assert_sound();
    let tasks = events.tasks();
    let mut used: Vec<(String, Used)> = Vec::new();
    for event in events.kind("turn") {
        let task = event["task"].as_u64().and_then(|id| tasks.get(&id));
        if task.is_none_or(|task| task.step != step) {
            continue;
        }
        let (kind, value) = (&event["event"]["type"], &event["event"]["value"]);
        let id = format!("{} {}", event["task"], value["id"]);
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        if kind == "call" {
            let tool = text("name");
            let (ok, said) = (false, "no outcome".to_owned());
            used.push((id, Used { tool, ok, said }));
        } else if kind == "outcome"
            && let Some((_, used)) = used.iter_mut().rev().find(|(known, _)| *known == id)
        {
            used.ok = value["ok"] == true;
            let words = text("output");
            used.said = words.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }
    used.into_iter().map(|(_, used)| used).collect()
}

/// A script's step that uses a tool of the host.
fn call(tool: &str, arguments: Value) -> Value {
    json!({ "call": { "tool": tool, "arguments": arguments } })
}

/// A rule for this agent: it does this, and says that it is done.
fn rule(agent: &str, steps: &[Value]) -> Value {
    let mut all = steps.to_vec();
    all.push(json!({ "say": format!("{agent} is done.") }));
    json!({ "agent": agent, "do": all })
}

/// A script of these rules.
fn script(rules: &[Value]) -> String {
    json!({ "rules": rules }).to_string()
}

/// A `run:` command that uses a tool, in single quotes of YAML.
fn command(tool: &str, arguments: &Value) -> String {
    let arguments = arguments.to_string().replace('"', "\\\"");
    format!("\"$CM\" mcp call {tool} \"{arguments}\"")
}

/// The state of a step, as `cm show` tells it.
fn state(cm: &Cm, step: &str) -> String {
    let shown = cm.json(["show", "last", "--json"]);
    let mut steps = shown["steps"].as_array().expect("steps").iter();
    let found = steps.find(|it| it["id"] == step);
    found
        .and_then(|step| step["state"].as_str())
        .unwrap_or_default()
        .to_owned()
}
