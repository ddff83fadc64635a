//! Servers of the Model Context Protocol, in Qwen Code's words.

use cm_sdk::engine::{Command, HOST_PATIENCE_S, McpServer, Request};
use serde_json::{Map, Value, json};

/// The file in the scratch directory. What is in it may be secret, and the arguments
/// of a program are not.
const FILE: &str = "cm-mcp.json";

/// Adds the servers of a turn to those that the person has set up.
pub(crate) fn connect(request: &Request, command: Command) -> Command {
    if request.mcp_servers.is_empty() {
        return command;
    }
    let listed: Map<String, Value> = request
        .mcp_servers
        .iter()
        .map(|server| (server.name.clone(), config(server)))
        .collect();
    command
        .argument(format!("--mcp-config={}/{FILE}", request.scratch))
        .file(FILE, json!({ "mcpServers": listed }).to_string())
}

fn config(server: &McpServer) -> Value {
    let environment: Map<String, Value> = server
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let mut config = json!({
        "command": server.command, "args": server.arguments, "env": environment,
        // It was granted to the turn, and nobody can be asked.
        "trust": true,
    });
    if !server.only.is_empty() {
        config["includeTools"] = json!(server.only);
    }
    if !server.exclude.is_empty() {
        config["excludeTools"] = json!(server.exclude);
    }
    if server.is_host() {
        config["timeout"] = json!(u64::from(HOST_PATIENCE_S) * 1000);
    }
    config
}
