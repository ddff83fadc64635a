//! Everything that a workflow can say, through the real program.

mod agents;
mod choices;
mod commands;
mod people;
mod placeholders;
mod scripts;
mod values;

use serde_json::{Value, json};

use crate::support::{Cm, Ran};

/// A workflow in the mode that asks nobody, with these files of its package.
fn flow(yaml: &str, files: &[(&str, &str)]) -> Cm {
    let mut cm = Cm::new().workflow(yaml);
    for (path, text) in files {
        cm = cm.file(&format!("flow/{path}"), text);
    }
    cm
}

/// A rule of a script: an agent, and what it does.
fn rule(agent: &str, steps: Value) -> Value {
    json!({ "agent": agent, "do": steps })
}

/// The same, for the n-th time that it is asked.
fn nth(agent: &str, occurrence: u64, steps: Value) -> Value {
    json!({ "agent": agent, "occurrence": occurrence, "do": steps })
}

fn script(rules: &[Value]) -> String {
    json!({ "rules": rules }).to_string()
}

/// What an agent was asked in the last run, in order.
fn prompts(cm: &Cm, agent: &str) -> Vec<String> {
    let events = cm.events("last");
    let turns = events
        .iter()
        .filter(|event| event["kind"] == "requested" && event["work"]["agent"] == agent);
    turns
        .filter_map(|event| event["work"]["prompt"].as_str().map(str::to_owned))
        .collect()
}

/// The steps of the last run and their states, in order.
fn states(cm: &Cm) -> Vec<(String, String)> {
    let shown = cm.json(["show", "last", "--json"]);
    let steps = shown["steps"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    steps
        .iter()
        .map(|step| (text(&step["id"]), text(&step["state"])))
        .filter(|(id, _)| !id.starts_with("separator"))
        .collect()
}

fn state(cm: &Cm, step: &str) -> String {
    let found = states(cm).into_iter().find(|(id, _)| id == step);
    found.map(|(_, state)| state).unwrap_or_default()
}

/// The message of an error, without how it is set out.
fn words(ran: &Ran) -> String {
    ran.err().split_whitespace().collect::<Vec<_>>().join(" ")
}
