//! How an agent behaves: what its file and a step may say alike.

use super::fields::{Fields, short, text};
use super::reading::Reading;
use super::{directives, duration, schema, selector, tools};
use crate::model::{Behaviour, Patience, Server};
use crate::problem::Problems;
use crate::yaml::{Node, Value};

pub(super) const KEYS: [&str; 13] = [
    "interactive",
    "tracks",
    "conditions",
    "conditions-any",
    "tools",
    "agents",
    "mcp",
    "schema",
    "schema-retries",
    "directives",
    "nudges",
    "ask-timeout",
    "exit-timeout",
];

const SERVER: &str = "{ server: files, only: [read] }";

pub(super) fn read(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Behaviour {
    let problems = &mut *reading.problems;
    let mut behaviour = Behaviour {
        interactive: fields.truth("interactive", problems),
        when: selector::read(fields, problems),
        tools: tools::read(fields, problems),
        tools_at: fields.key("tools").unwrap_or_default(),
        agents: fields
            .node("agents")
            .map(|_| selector::names(fields, "agents", problems)),
        servers: fields.node("mcp").map(|node| servers(node, problems)),
        schema: None,
        schema_retries: fields.number("schema-retries", 0, 20, problems),
        patience: Patience {
            nudges: fields.number("nudges", 0, 20, problems),
            ask: duration::read(fields, "ask-timeout", problems),
            exit: duration::read(fields, "exit-timeout", problems),
        },
        directives: directives::read(fields, problems),
    };
    if let (Some(node), Some(key)) = (fields.node("schema"), fields.key("schema")) {
        behaviour.schema = schema::read(node, key, reading);
    }
    behaviour
}

fn servers(node: &Node, problems: &mut Problems) -> Vec<Server> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut servers: Vec<Server> = Vec::new();
    for item in items {
        let Some(server) = server(item, problems) else {
            continue;
        };
        if servers.iter().any(|known| known.name == server.name) {
            let message = format!("the server `{}` is here twice", short(&server.name));
            problems.error(item.at, message, "keep one of the two");
        }
        servers.push(server);
    }
    servers
}

fn server(node: &Node, problems: &mut Problems) -> Option<Server> {
    if !matches!(node.value, Value::Map { .. }) {
        return Some(Server {
            name: text("an item of `mcp`", node.at, node, problems)?.owned(),
            only: Vec::new(),
            exclude: Vec::new(),
        });
    }
    let fields = Fields::of("an item of `mcp`", node, SERVER, problems)?;
    let name = fields.text("server", problems);
    if fields.node("server").is_none() {
        problems.error(
            node.at,
            "this names no server",
            format!("write it like `{SERVER}`"),
        );
    }
    let mut list = |key| {
        let texts = fields.texts(key, problems);
        texts.iter().map(|text| text.owned()).collect()
    };
    let (only, exclude) = (list("only"), list("exclude"));
    fields.finish(&["server", "only", "exclude"], &[], problems);
    Some(Server {
        name: name?.owned(),
        only,
        exclude,
    })
}
