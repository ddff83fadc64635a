//! Servers of the Model Context Protocol, as settings on the command line.

use cm_sdk::engine::{Command, Error, HOST_PATIENCE_S, HOST_START_S, McpServer};

pub(crate) fn serve(command: Command, server: &McpServer) -> Result<Command, Error> {
    let name = &server.name;
    if name.is_empty() || McpServer::plain(name) != *name {
        return Err(Error::invalid_request(
            "bad-server-name",
            format!(
                "Codex takes names of MCP servers made of letters, digits, `-` and `_`, not `{name}`."
            ),
        ));
    }
    let variables: Vec<String> = server
        .environment
        .iter()
        .map(|(name, value)| format!("{}={}", quoted(name), quoted(value)))
        .collect();
    let mut settings = vec![
        ("command", quoted(&server.command)),
        ("args", list(&server.arguments)),
    ];
    if !variables.is_empty() {
        settings.push(("env", format!("{{{}}}", variables.join(","))));
    }
    if !server.only.is_empty() {
        settings.push(("enabled_tools", list(&server.only)));
    }
    if !server.exclude.is_empty() {
        settings.push(("disabled_tools", list(&server.exclude)));
    }
    // The server was granted to the turn: without this, somebody is asked about every tool
    // that does not call itself read-only.
    settings.push(("default_tools_approval_mode", quoted("approve")));
    if server.is_host() {
        settings.push(("tool_timeout_sec", HOST_PATIENCE_S.to_string()));
        settings.push(("startup_timeout_sec", HOST_START_S.to_string()));
        // Without it the turn goes on when the server does not start.
        settings.push(("required", "true".to_owned()));
    }
    Ok(settings.into_iter().fold(command, |command, (key, value)| {
        command
            .argument("-c")
            .argument(format!("mcp_servers.{name}.{key}={value}"))
    }))
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(","))
}

/// A TOML string. JSON's escapes are among TOML's; only DEL has to be added.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}
