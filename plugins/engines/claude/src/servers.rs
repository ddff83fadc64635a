//! Servers of the Model Context Protocol, in Claude Code's words.

use cm_sdk::engine::{Command, HOST_PATIENCE_S, HOST_START_S, McpServer};
use serde_json::{Map, Value, json};

/// Adds the servers of a turn to those that the person has set up.
pub(crate) fn connect(servers: &[McpServer], command: Command) -> Command {
    if servers.is_empty() {
        return command;
    }
    let listed: Map<String, Value> = servers
        .iter()
        .map(|server| (server.name.clone(), config(server)))
        .collect();
    let config = json!({ "mcpServers": listed });
    let command = command.argument(format!("--mcp-config={config}"));
    if !servers.iter().any(McpServer::is_host) {
        return command;
    }
    // The program goes on without a server that is not there after 5 seconds, which
    // a busy machine may need.
    let start = (HOST_START_S * 1000).to_string();
    command
        .variable("MCP_TIMEOUT", start.clone())
        .variable("MCP_CONNECT_TIMEOUT_MS", start)
}

fn config(server: &McpServer) -> Value {
    let environment: Map<String, Value> = server
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let mut config = json!({
        "command": server.command, "args": server.arguments, "env": environment,
    });
    if server.is_host() {
        // It is also how long a tool may be silent, which is half an hour else.
        config["timeout"] = json!(u64::from(HOST_PATIENCE_S) * 1000);
        // Otherwise the model has to look for tools before it sees them.
        config["alwaysLoad"] = json!(true);
    }
    config
}

/// The tools that need no permission: those of a server that is named in a turn
/// were granted to it.
pub(crate) fn allowed(servers: &[McpServer]) -> Vec<String> {
    let of = |server: &McpServer| match server.only.is_empty() {
        true => vec![format!("mcp__{}", McpServer::plain(&server.name))],
        false => tools(server, &server.only),
    };
    servers.iter().flat_map(of).collect()
}

/// The tools that may not be used, whatever else is allowed.
pub(crate) fn forbidden(servers: &[McpServer]) -> Vec<String> {
    let of = |server: &McpServer| tools(server, &server.exclude);
    servers.iter().flat_map(of).collect()
}

/// Whether a tool may be used, when it is of a server that is named in the turn; none
/// when it is not.
pub(crate) fn offered(servers: &[McpServer], tool: &str) -> Option<bool> {
    let of = |server: &McpServer| {
        let tool = tool.strip_prefix("mcp__")?;
        let tool = tool.strip_prefix(&McpServer::plain(&server.name))?;
        let tool = tool.strip_prefix("__")?;
        let named = |names: &[String]| names.iter().any(|name| McpServer::plain(name) == tool);
        let wanted = server.only.is_empty() || named(&server.only);
        Some(wanted && !named(&server.exclude))
    };
    // The name of one server may be the beginning of another's.
    servers
        .iter()
        .filter_map(of)
        .reduce(|one, other| one || other)
}

fn tools(server: &McpServer, names: &[String]) -> Vec<String> {
    let server = McpServer::plain(&server.name);
    let tool = |name: &String| format!("mcp__{server}__{}", McpServer::plain(name));
    names.iter().map(tool).collect()
}
