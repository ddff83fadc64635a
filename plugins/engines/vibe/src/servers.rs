//! Servers of the Model Context Protocol, in Mistral Vibe's words.

use cm_sdk::engine::{
    Command, Error, HOST_PATIENCE_S, HOST_START_S, McpServer, PermissionLevel, Request,
};
use serde_json::{Map, Value, json};

/// A variable of the environment has the limit of an argument: 128 KiB on Linux.
const LONGEST_VARIABLE: usize = 100_000;

/// Adds the servers of a turn to those that the person has set up.
pub(crate) fn connect(request: &Request, command: Command) -> Result<Command, Error> {
    if request.mcp_servers.is_empty() {
        return Ok(command);
    }
    let servers: Vec<Value> = request.mcp_servers.iter().map(config).collect();
    let servers = Value::from(servers).to_string();
    if servers.len() > LONGEST_VARIABLE {
        return Err(Error::invalid_request(
            "too-many-servers",
            "The MCP servers of this turn do not fit into Mistral Vibe's settings; name fewer.",
        ));
    }
    Ok(command.variable("VIBE_MCP_SERVERS", servers))
}

fn config(server: &McpServer) -> Value {
    let environment: Map<String, Value> = server
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let mut config = json!({
        "name": server.name,
        "transport": "stdio",
        // A list is taken as it is, a text would be split at its blanks.
        "command": [server.command],
        "args": server.arguments,
        "env": environment,
        "disabled_tools": server.exclude,
    });
    if server.is_host() {
        config["tool_timeout_sec"] = json!(HOST_PATIENCE_S);
        config["startup_timeout_sec"] = json!(HOST_START_S);
    }
    config
}

/// The tools of servers that may be used where only some tools may.
pub(crate) fn allowed(request: &Request) -> Vec<String> {
    let of = |server: &McpServer| match server.only.as_slice() {
        [] => vec![format!("{}_*", server.name)],
        only => tools(server, only),
    };
    request.mcp_servers.iter().flat_map(of).collect()
}

/// The tools of servers that may not be used, whatever else is allowed.
pub(crate) fn forbidden(request: &Request) -> Vec<String> {
    let of = |server: &McpServer| tools(server, &server.exclude);
    request.mcp_servers.iter().flat_map(of).collect()
}

fn tools(server: &McpServer, names: &[String]) -> Vec<String> {
    let tool = |name: &String| format!("{}_{name}", server.name);
    names.iter().map(tool).collect()
}

/// Whether the program can hold back what is to be held back.
pub(crate) fn possible(request: &Request) -> Result<(), Error> {
    let servers = &request.mcp_servers;
    for server in servers {
        let name = &server.name;
        // It takes these signs off the ends.
        let odd = name.is_empty() || name.trim_matches(['_', '-']) != name;
        if odd || McpServer::plain(name) != *name {
            return Err(Error::invalid_request(
                "bad-server-name",
                format!(
                    "Mistral Vibe takes names of MCP servers made of letters and digits, with `-` and `_` between them, not `{name}`."
                ),
            ));
        }
        let odd = |tool: &&String| tool.is_empty() || McpServer::plain(tool) != **tool;
        if let Some(tool) = server.only.iter().chain(&server.exclude).find(odd) {
            return Err(Error::unsupported(format!(
                "Mistral Vibe cannot hold back the tool `{tool}` of the MCP server `{name}` because of its name; leave it out."
            )));
        }
        if server.only.is_empty() {
            continue;
        }
        if request.permissions == PermissionLevel::Full && request.tools.is_empty() {
            return Err(Error::unsupported(format!(
                "With the permissions `full`, Mistral Vibe cannot be held to some tools of the MCP server `{name}`; ask for less than `full`, or exclude the others by name."
            )));
        }
        // `a_*` is also all of a server that is called `a_b`.
        let around = |other: &&McpServer| {
            other.only.is_empty() && name.starts_with(&format!("{}_", other.name))
        };
        if let Some(other) = servers.iter().find(around) {
            return Err(Error::unsupported(format!(
                "Mistral Vibe cannot tell the tools of the MCP servers `{name}` and `{}` apart; rename one of them.",
                other.name
            )));
        }
    }
    Ok(())
}
