//! Servers of the Model Context Protocol, in the words of the Agent Client Protocol.

use cm_sdk::engine::McpServer;
use serde_json::{Value, json};

pub(crate) fn listed(servers: &[McpServer]) -> Value {
    servers.iter().map(entry).collect()
}

fn entry(server: &McpServer) -> Value {
    let environment: Vec<Value> = server
        .environment
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({
        "name": server.name,
        "command": server.command,
        "args": server.arguments,
        "env": environment,
    })
}

/// Whether a tool is one of these servers', by its name in any of the forms that agents
/// give it.
pub(crate) fn offers(server: &str, tool: &str) -> bool {
    let plain = McpServer::plain(server);
    let begins = ["mcp__{}__", "mcp_{}_", "{}_", "{}-", "{}."]
        .iter()
        .any(|form| tool.starts_with(&form.replace("{}", &plain)));
    begins || tool.ends_with(&format!("({server} MCP Server)"))
}
