//! From a request to the command line of Claude Code.

use cm_sdk::engine::{Command, Error, PermissionLevel, Request};
use serde_json::Value;

use crate::servers::{self, allowed, forbidden};

/// An argument may not be longer than 128 KiB on Linux; longer instructions go
/// in front of the prompt, which is on standard input and may be of any length.
const LONGEST_ARGUMENT: usize = 100_000;

/// How often Claude Code itself asks again. Its own choice is 10, which takes
/// minutes before a wrong key is reported; the host's retries are better, as
/// they survive a restart.
const RETRIES: &str = "3";

/// Tools that change files, for the level at which nothing is changed.
const EDITS: &[&str] = &["Edit", "Write", "NotebookEdit"];
/// What `acceptEdits` would still ask for.
const WORK: &[&str] = &["Bash", "WebFetch", "WebSearch"];
/// Everything that would be asked for.
const ALL: &[&str] = &[
    "Bash",
    "WebFetch",
    "WebSearch",
    "Read",
    "Edit",
    "Write",
    "NotebookEdit",
    "Glob",
    "Grep",
    "Skill",
    "Task",
];

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    let mut command = Command::new("claude")
        .arguments(&["-p", "--output-format", "stream-json", "--verbose"])
        .variable("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .variable(
            "CLAUDE_CODE_MAX_RETRIES",
            number(request, "max-retries")?.unwrap_or(RETRIES),
        );
    // A new session gets its name from the program: one that was given may not be
    // given again, and a turn that a crash cut off is sent again.
    if let Some(session) = &request.session {
        command = command.argument(format!("--resume={session}"));
    }
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    if let Some(effort) = &request.effort {
        command = command.argument(format!("--effort={effort}"));
    }
    command = permissions(request, command);
    command = servers::connect(&request.mcp_servers, command);
    if let Some(schema) = &request.schema {
        command = command.argument(format!("--json-schema={}", one_line(schema)?));
    }
    for (name, flag) in [
        ("max-turns", "--max-turns"),
        ("max-budget-usd", "--max-budget-usd"),
    ] {
        if let Some(value) = number(request, name)? {
            command = command.argument(format!("{flag}={value}"));
        }
    }
    if request.flag("partial") {
        command = command.argument("--include-partial-messages");
    }
    // A prompt that begins with a slash would be taken for a command of the
    // program; a line break before it keeps it a prompt.
    let guard = if request.prompt.starts_with('/') {
        "\n"
    } else {
        ""
    };
    let instructions = request.instructions.as_deref().unwrap_or("").trim();
    Ok(if instructions.is_empty() {
        command.stdin(format!("{guard}{}", request.prompt))
    } else if instructions.len() <= LONGEST_ARGUMENT {
        command
            .argument(format!("--append-system-prompt={instructions}"))
            .stdin(format!("{guard}{}", request.prompt))
    } else {
        command.stdin(format!(
            "<instructions>\n{instructions}\n</instructions>\n\n{}",
            request.prompt
        ))
    })
}

/// Nobody can be asked in this mode: what is not allowed is refused, and told.
fn permissions(request: &Request, command: Command) -> Command {
    let servers = &request.mcp_servers;
    let forbidden = forbidden(servers);
    let (mode, tools, never) = match request.permissions {
        // Commands that only read are known to the program, and still run.
        PermissionLevel::ReadOnly => ("dontAsk", &["Read", "Glob", "Grep"][..], EDITS),
        PermissionLevel::WorkspaceWrite => ("acceptEdits", WORK, &[][..]),
        // The program refuses `bypassPermissions` to the superuser; and in that mode
        // it would not hold back the tools of a server that only some may be used of.
        PermissionLevel::Full
            if request.flag("root") || servers.iter().any(|server| !server.only.is_empty()) =>
        {
            ("acceptEdits", ALL, &[][..])
        }
        PermissionLevel::Full => ("bypassPermissions", &[][..], &[][..]),
    };
    let mut command = command.argument(format!("--permission-mode={mode}"));
    if !tools.is_empty() {
        let names = listed(tools, allowed(servers));
        command = command.argument(format!("--allowedTools={names}"));
    }
    let never = listed(never, forbidden);
    if !never.is_empty() {
        command = command.argument(format!("--disallowedTools={never}"));
    }
    command
}

fn listed(tools: &[&str], more: Vec<String>) -> String {
    let tools = tools.iter().map(|tool| (*tool).to_owned());
    tools.chain(more).collect::<Vec<_>>().join(",")
}

fn one_line(schema: &str) -> Result<String, Error> {
    let schema: Value = serde_json::from_str(schema).map_err(|error| {
        Error::invalid_request("bad-schema", format!("The schema is not JSON: {error}."))
    })?;
    Ok(schema.to_string())
}

fn number<'a>(request: &'a Request, name: &str) -> Result<Option<&'a str>, Error> {
    match request.option(name) {
        Some(value) if value.parse::<f64>().is_ok_and(|value| value >= 0.0) => Ok(Some(value)),
        Some(value) => Err(Error::invalid_request(
            "bad-option",
            format!("The option `{name}` must be a number, not `{value}`."),
        )),
        None => Ok(None),
    }
}
