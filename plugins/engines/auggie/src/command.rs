//! From a request to the command line of auggie.

use cm_sdk::engine::{Command, Error, McpServer, PermissionLevel, Request};
use serde_json::{Map, Value, json};

/// An argument may not be longer than 128 KiB on Linux, and the prompt is one.
const LONGEST_PROMPT: usize = 120_000;
/// Tools that change something.
const CHANGES: &[&str] = &[
    "launch-process",
    "write-process",
    "kill-process",
    "str-replace-editor",
    "save-file",
    "remove-files",
];

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    refuse(request)?;
    let mut prompt = request.instructed();
    if prompt.len() > LONGEST_PROMPT {
        return Err(Error::invalid_request(
            "prompt-too-long",
            format!(
                "Auggie takes its prompt as an argument, and {} bytes are longer than the system takes; put what is long into a file, and name the file.",
                prompt.len()
            ),
        ));
    }
    // It must be taken neither for a flag nor for a command of the program.
    if prompt.starts_with(['-', '/']) {
        prompt.insert(0, '\n');
    }
    let mut command = Command::new("auggie").arguments(&["--print", "--quiet"]);
    if request.permissions == PermissionLevel::ReadOnly {
        for tool in CHANGES {
            command = command.argument(format!("--permission={tool}:deny"));
        }
    }
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    if let Some(turns) = request.max_turns {
        command = command.argument(format!("--max-turns={turns}"));
    }
    if !request.mcp_servers.is_empty() {
        command = command.argument(format!("--mcp-config={}", servers(&request.mcp_servers)));
    }
    Ok(command.argument(prompt))
}

fn servers(servers: &[McpServer]) -> Value {
    let listed: Map<String, Value> = servers
        .iter()
        .map(|server| {
            let environment: Map<String, Value> = server
                .environment
                .iter()
                .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
                .collect();
            let entry = json!({
                "command": server.command, "args": server.arguments, "env": environment,
            });
            (server.name.clone(), entry)
        })
        .collect();
    json!({ "mcpServers": listed })
}

fn refuse(request: &Request) -> Result<(), Error> {
    let picky = request
        .mcp_servers
        .iter()
        .any(|server| !(server.only.is_empty() && server.exclude.is_empty()));
    let refused = if request.session.is_some() || request.fork {
        Some((
            "go on with a conversation, as it does not tell the name of one",
            "start a new one, or use the engine `acp-auggie`",
        ))
    } else if !request.tools.is_empty() {
        Some(("be held to a list of tools", "leave `tools` away"))
    } else if picky {
        Some((
            "be given some of the tools of an MCP server and not others",
            "give all of them",
        ))
    } else {
        None
    };
    match refused {
        Some((what, instead)) => Err(Error::unsupported(format!(
            "Auggie cannot {what}; {instead}, or use another engine."
        ))),
        None => Ok(()),
    }
}

/// What it has no word for, and does its work without.
pub(crate) fn unheard(request: &Request) -> Vec<&'static str> {
    let mut unheard = Vec::new();
    if request.effort.is_some() {
        unheard.push("effort");
    }
    if !request.directories.is_empty() {
        unheard.push("directories");
    }
    unheard
}
