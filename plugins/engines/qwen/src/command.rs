//! From a request to the command line of Qwen Code.

use cm_sdk::engine::{Command, Error, McpServer, PermissionLevel, Request};
use serde_json::Value;

use crate::servers;

/// An argument may not be longer than 128 KiB on Linux; longer instructions go
/// in front of the prompt, which is on standard input.
const LONGEST_ARGUMENT: usize = 100_000;

/// The program reads this much of its standard input, and drops the rest in silence.
const LONGEST_PROMPT: usize = 8 * 1024 * 1024;

/// How often the program may ask its service again. Its own choice is 10, which takes
/// minutes; the host's retries are better, as they survive a restart.
const RETRIES: u32 = 3;

/// What changes files or may.
const CHANGES: &str = "run_shell_command,edit,write_file,notebook_edit,monitor";
/// What lets the agent have helpers, which a list of tools does not hold back.
const HELPERS: &[&str] = &["agent", "skill"];

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    possible(request)?;
    let mut command = permissions(request);
    if let Some(session) = &request.session {
        command = command.argument(format!("--resume={session}"));
        if request.fork {
            command = command.argument("--fork-session");
        }
    }
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    for directory in &request.directories {
        command = command.argument(format!("--include-directories={directory}"));
    }
    if let Some(turns) = request.max_turns {
        command = command.argument(format!("--max-session-turns={turns}"));
    }
    if let Some(schema) = &request.schema {
        let file = "cm-schema.json";
        command = command
            .argument(format!("--json-schema=@{}/{file}", request.scratch))
            .file(file, checked(schema)?);
    }
    if request.flag("partial") {
        command = command.argument("--include-partial-messages");
    }
    command = servers::connect(request, command);
    let instructions = request.instructions.as_deref().unwrap_or("").trim();
    let prompt = match instructions.len() {
        0 => request.prompt.clone(),
        1..=LONGEST_ARGUMENT => {
            command = command.argument(format!("--append-system-prompt={instructions}"));
            request.prompt.clone()
        }
        _ => request.instructed(),
    };
    // What begins with a slash may be a command of the program, however many blanks
    // stand before it.
    let prompt = if prompt.trim_start().starts_with('/') {
        format!("The request:\n{prompt}")
    } else {
        prompt
    };
    if prompt.len() > LONGEST_PROMPT {
        return Err(Error::invalid_request(
            "prompt-too-long",
            "Qwen Code reads 8 MiB of a prompt; put what is longer into a file of the project, and name the file.",
        ));
    }
    Ok(command.stdin(prompt))
}

/// Nobody can be asked: what the mode does not allow is not there for the model.
fn permissions(request: &Request) -> Command {
    let mode = match request.permissions {
        PermissionLevel::ReadOnly => "default",
        PermissionLevel::WorkspaceWrite => "auto-edit",
        PermissionLevel::Full => "yolo",
    };
    let mut command = Command::new("qwen")
        .argument("--output-format=stream-json")
        .argument(format!("--approval-mode={mode}"))
        .variable("QWEN_CODE_SUPPRESS_YOLO_WARNING", "1");
    let mut never = Vec::new();
    match request.permissions {
        // Whatever the person's own settings allow.
        PermissionLevel::ReadOnly => never.push(CHANGES),
        // Commands run in the sandbox of the host; the mode would refuse them.
        PermissionLevel::WorkspaceWrite => {
            command = command.argument("--allowed-tools=run_shell_command");
        }
        PermissionLevel::Full => {}
    }
    if !request.tools.is_empty() {
        command = command.argument(format!("--core-tools={}", request.tools.join(",")));
        let unnamed = |helper: &&&str| !request.tools.iter().any(|tool| tool == *helper);
        never.extend(HELPERS.iter().filter(unnamed));
        // Tools of servers that the person has set up are none of these.
        let servers = request
            .mcp_servers
            .iter()
            .map(|server| server.name.as_str());
        let servers: Vec<&str> = servers.collect();
        let servers = match servers.as_slice() {
            [] => "cm-none".to_owned(),
            servers => servers.join(","),
        };
        command = command.argument(format!("--allowed-mcp-server-names={servers}"));
    }
    if !never.is_empty() {
        command = command.argument(format!("--exclude-tools={}", never.join(",")));
    }
    command
}

/// What would be dropped in silence is refused.
fn possible(request: &Request) -> Result<(), Error> {
    if request.fork && request.session.is_none() {
        return Err(Error::invalid_request(
            "no-session",
            "There is no session to go on with in a copy; name one.",
        ));
    }
    if request.directories.iter().any(|path| path.contains(',')) {
        return Err(Error::unsupported(
            "Qwen Code cannot be given a directory with a comma in its path.",
        ));
    }
    let plain = |name: &String| !name.is_empty() && McpServer::plain(name) == *name;
    let mut names = request.mcp_servers.iter().map(|server| &server.name);
    if let Some(name) = names.find(|name| !plain(name)) {
        return Err(Error::invalid_request(
            "bad-server-name",
            format!(
                "Qwen Code takes names of MCP servers made of letters, digits, `-` and `_`, not `{name}`."
            ),
        ));
    }
    if let Some(tool) = request.tools.iter().find(|tool| tool.contains(',')) {
        return Err(Error::invalid_request(
            "bad-tool",
            format!("A tool of Qwen Code has no comma in its name: `{tool}`."),
        ));
    }
    Ok(())
}

fn checked(schema: &str) -> Result<String, Error> {
    let schema: Value = serde_json::from_str(schema).map_err(|error| {
        Error::invalid_request("bad-schema", format!("The schema is not JSON: {error}."))
    })?;
    Ok(schema.to_string())
}

pub(crate) fn retries(request: &Request) -> Result<u32, Error> {
    match request.option("max-retries") {
        Some(value) => value.parse().map_err(|_| {
            Error::invalid_request(
                "bad-option",
                format!("The option `max-retries` must be a whole number, not `{value}`."),
            )
        }),
        None => Ok(RETRIES),
    }
}
