//! Servers of the Model Context Protocol, in opencode's words.

use cm_sdk::engine::{HOST_PATIENCE_S, McpServer};
use serde_json::{Map, Value, json};

/// Adds the servers of a turn, what of them may be used (`tools`), and what is
/// granted without a question (`permission`).
///
/// Of rules that fit a tool the last one holds. Settings are written sorted, and `*`
/// comes before every letter: a rule for one tool stands behind the one for all.
pub(crate) fn connect(
    servers: &[McpServer],
    permission: &mut Map<String, Value>,
    config: &mut Map<String, Value>,
) {
    let mut listed = Map::new();
    let mut tools = Map::new();
    for server in servers {
        listed.insert(server.name.clone(), settings(server));
        if server.is_host() {
            permission.insert(all(server), json!("allow"));
        }
        if !server.only.is_empty() {
            tools.insert(all(server), json!(false));
            // `a_*` is also all of a server that is called `a_b`.
            let inside =
                |other: &&McpServer| tool(&other.name, "").starts_with(&tool(&server.name, ""));
            for other in servers
                .iter()
                .filter(inside)
                .filter(|other| other.only.is_empty())
            {
                tools.insert(all(other), json!(true));
            }
        }
        for name in &server.only {
            tools.insert(tool(&server.name, name), json!(true));
        }
    }
    for server in servers {
        for name in &server.exclude {
            tools.insert(tool(&server.name, name), json!(false));
        }
    }
    for (key, value) in [("mcp", listed), ("tools", tools)] {
        if !value.is_empty() {
            config.insert(key.to_owned(), Value::Object(value));
        }
    }
}

fn settings(server: &McpServer) -> Value {
    let environment: Map<String, Value> = server
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let mut command = vec![server.command.clone()];
    command.extend(server.arguments.iter().cloned());
    let mut settings = json!({
        "type": "local", "command": command, "environment": environment, "enabled": true,
    });
    if server.is_host() {
        // For every request, the first one too; it is half a minute else.
        settings["timeout"] = json!(u64::from(HOST_PATIENCE_S) * 1000);
    }
    settings
}

/// The pattern for all tools of a server.
fn all(server: &McpServer) -> String {
    format!("{}*", tool(&server.name, ""))
}

/// A tool as the program calls it.
fn tool(server: &str, name: &str) -> String {
    format!("{}_{}", McpServer::plain(server), McpServer::plain(name))
}
