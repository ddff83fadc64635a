//! From a request to the command line of Codex.

use cm_sdk::engine::{
    Command, Error, HOST_PATIENCE_S, HOST_START_S, McpServer, PermissionLevel, Request,
};

/// An argument may not be longer than 128 KiB on Linux; longer instructions go
/// in front of the prompt, which is on standard input and may be of any length.
const LONGEST_ARGUMENT: usize = 100_000;

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    let sandbox = match request.permissions {
        PermissionLevel::ReadOnly => "read-only",
        PermissionLevel::WorkspaceWrite => "workspace-write",
        PermissionLevel::Full => "danger-full-access",
    };
    let mut command = Command::new("codex")
        .arguments(&["exec", "--json", "--skip-git-repo-check"])
        .argument(format!("--sandbox={sandbox}"))
        .arguments(&["-c", "analytics.enabled=false"])
        .arguments(&["-c", "check_for_update_on_startup=false"]);
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    if let Some(effort) = &request.effort {
        command = set(command, "model_reasoning_effort", &quoted(effort));
    }
    if request.flag("network") && request.permissions == PermissionLevel::WorkspaceWrite {
        command = set(command, "sandbox_workspace_write.network_access", "true");
    }
    for server in &request.mcp_servers {
        command = serve(command, server)?;
    }
    let instructions = request.instructions.as_deref().unwrap_or("").trim();
    let prompt = if instructions.is_empty() {
        request.prompt.clone()
    } else if instructions.len() <= LONGEST_ARGUMENT {
        command = set(command, "developer_instructions", &quoted(instructions));
        request.prompt.clone()
    } else {
        format!(
            "<instructions>\n{instructions}\n</instructions>\n\n{}",
            request.prompt
        )
    };
    if let Some(session) = &request.session {
        // A positional argument: it must not be taken for a flag.
        if session.is_empty() || session.starts_with('-') {
            return Err(Error::invalid_request(
                "bad-session",
                format!("`{session}` is not the name of a Codex session."),
            ));
        }
        command = command.argument("resume").argument(session);
    }
    Ok(command.argument("-").stdin(prompt))
}

fn serve(command: Command, server: &McpServer) -> Result<Command, Error> {
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
    // Nobody can be asked: without this, every tool that does not call itself
    // read-only is refused. The server was granted to the turn.
    settings.push(("default_tools_approval_mode", quoted("approve")));
    if server.is_host() {
        settings.push(("tool_timeout_sec", HOST_PATIENCE_S.to_string()));
        settings.push(("startup_timeout_sec", HOST_START_S.to_string()));
        // Without it the turn goes on when the server does not start.
        settings.push(("required", "true".to_owned()));
    }
    Ok(settings.into_iter().fold(command, |command, (key, value)| {
        set(command, &format!("mcp_servers.{name}.{key}"), &value)
    }))
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(","))
}

fn set(command: Command, key: &str, value: &str) -> Command {
    command.argument("-c").argument(format!("{key}={value}"))
}

/// A TOML string. JSON's escapes are among TOML's; only DEL has to be added.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}
