//! From a request to the command line of Copilot CLI.

use cm_sdk::engine::{Command, Error, HOST_PATIENCE_S, McpServer, PermissionLevel, Request};
use serde_json::{Map, Value, json};

/// The file in the scratch directory that tells what was used.
pub(crate) const USAGE: &str = "usage.json";

/// The file with the servers. What is in it may be secret, and the arguments of a
/// program are not.
const SERVERS: &str = "cm-mcp.json";

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    possible(request)?;
    let mut command = Command::new("copilot")
        .arguments(&["--output-format=json", "--no-ask-user", "--no-auto-update"])
        .argument(format!("--usage-output-file={}/{USAGE}", request.scratch))
        .collect(USAGE);
    // It is told only at the end, so it is chosen here. A name that is there already,
    // from a turn that was cut off, is gone on with.
    command = command.argument(match &request.session {
        Some(session) => format!("--resume={session}"),
        None => format!("--session-id={}", request.new_session),
    });
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    if let Some(effort) = &request.effort {
        command = command.argument(format!("--reasoning-effort={effort}"));
    }
    for directory in &request.directories {
        command = command.argument(format!("--add-dir={directory}"));
    }
    command = permissions(request, command);
    command = connect(request, command);
    Ok(command.stdin(request.instructed()))
}

/// Nobody can be asked: what is not allowed is refused, and told. What is denied is so
/// whatever else allows it.
fn permissions(request: &Request, command: Command) -> Command {
    let mut command = match request.permissions {
        PermissionLevel::ReadOnly => command.arguments(&["--deny-tool=shell", "--deny-tool=write"]),
        PermissionLevel::WorkspaceWrite => {
            command.arguments(&["--allow-tool=shell", "--allow-tool=write"])
        }
        PermissionLevel::Full => command.argument("--allow-all"),
    };
    if !request.tools.is_empty() {
        // The name of a server stands for all its tools.
        let servers = request.mcp_servers.iter().map(|server| &server.name);
        let tools: Vec<&str> = request
            .tools
            .iter()
            .chain(servers)
            .map(String::as_str)
            .collect();
        command = command.argument(format!("--available-tools={}", tools.join(",")));
    }
    command
}

/// Adds the servers of a turn to those that the person has set up.
fn connect(request: &Request, mut command: Command) -> Command {
    if request.mcp_servers.is_empty() {
        return command;
    }
    let mut listed = Map::new();
    for server in &request.mcp_servers {
        listed.insert(server.name.clone(), config(server));
        // It was granted to the turn.
        command = command.argument(format!("--allow-tool={}", server.name));
        for tool in &server.exclude {
            command = command.argument(format!("--deny-tool={}({tool})", server.name));
        }
    }
    command
        .argument(format!(
            "--additional-mcp-config=@{}/{SERVERS}",
            request.scratch
        ))
        .file(SERVERS, json!({ "mcpServers": listed }).to_string())
}

fn config(server: &McpServer) -> Value {
    let environment: Map<String, Value> = server
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    let tools = match server.only.as_slice() {
        [] => json!(["*"]),
        only => json!(only),
    };
    let mut config = json!({
        "type": "local", "command": server.command, "args": server.arguments,
        "env": environment, "tools": tools,
    });
    if server.is_host() {
        config["timeout"] = json!(u64::from(HOST_PATIENCE_S) * 1000);
    }
    config
}

/// What would be dropped in silence is refused.
fn possible(request: &Request) -> Result<(), Error> {
    if request.fork {
        return Err(Error::unsupported(
            "Copilot CLI cannot go on in a copy of a session; start a new one, or go on in the old one.",
        ));
    }
    if request.max_turns.is_some() {
        return Err(Error::unsupported(
            "Copilot CLI has no limit of turns; leave it out, or limit the time or the money of the step.",
        ));
    }
    let plain = |name: &str| !name.is_empty() && McpServer::plain(name) == name;
    for server in &request.mcp_servers {
        if !plain(&server.name) {
            return Err(Error::invalid_request(
                "bad-server-name",
                format!(
                    "Copilot CLI takes names of MCP servers made of letters, digits, `-` and `_`, not `{}`.",
                    server.name
                ),
            ));
        }
    }
    // These stand in rules, where other signs have a meaning.
    let excluded = request
        .mcp_servers
        .iter()
        .flat_map(|server| &server.exclude);
    let odd = |tool: &&String| tool.is_empty() || tool.contains(['(', ')', ',', ':', '*']);
    if let Some(tool) = request.tools.iter().chain(excluded).find(odd) {
        return Err(Error::invalid_request(
            "bad-tool",
            format!("Copilot CLI cannot hold back a tool that is called `{tool}`."),
        ));
    }
    Ok(())
}
