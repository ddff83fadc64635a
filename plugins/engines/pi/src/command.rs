//! From a request to the command line of Pi.

use cm_sdk::engine::{Command, Error, PermissionLevel, Request};

/// The efforts that the program knows. It ignores others, with a warning.
pub(crate) const EFFORTS: &[&str] = &["off", "minimal", "low", "medium", "high", "xhigh"];

/// What only looks.
const LOOKS: &[&str] = &["read", "grep", "find", "ls"];

/// The file with the instructions. Among the arguments, the name of a file that exists
/// would be taken for its content.
const INSTRUCTIONS: &str = "cm-instructions.md";

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    possible(request)?;
    let mut command = Command::new("pi")
        .arguments(&["--mode", "json", "--print"])
        .variable("PI_SKIP_VERSION_CHECK", "1");
    // The program takes a flag's value only as the next argument.
    let mut pair = |flag: &str, value: &str| {
        command.arguments.push(flag.to_owned());
        command.arguments.push(value.to_owned());
    };
    if let Some(session) = &request.session {
        pair(if request.fork { "--fork" } else { "--session" }, session);
    }
    if let Some(model) = &request.model {
        pair("--model", model);
    }
    if let Some(effort) = &request.effort
        && EFFORTS.contains(&effort.as_str())
    {
        pair("--thinking", effort);
    }
    if let Some(tools) = tools(request)? {
        pair("--tools", &tools);
    }
    let instructions = request.instructions.as_deref().unwrap_or("").trim();
    if !instructions.is_empty() {
        let file = format!("{}/{INSTRUCTIONS}", request.scratch);
        pair("--append-system-prompt", &file);
        command = command.file(INSTRUCTIONS, instructions);
    }
    // What begins with a slash may be a command of the program.
    Ok(
        command.stdin(if request.prompt.trim_start().starts_with('/') {
            format!("The request:\n{}", request.prompt)
        } else {
            request.prompt.clone()
        }),
    )
}

/// The only permissions that the program knows: which tools there are.
fn tools(request: &Request) -> Result<Option<String>, Error> {
    let looks = LOOKS.join(",");
    match (request.permissions, request.tools.as_slice()) {
        (PermissionLevel::ReadOnly, []) => Ok(Some(looks)),
        (PermissionLevel::ReadOnly, named) => {
            if let Some(tool) = named.iter().find(|tool| !LOOKS.contains(&tool.as_str())) {
                return Err(Error::unsupported(format!(
                    "Pi does not watch over what its tools do, so at `read-only` the tool `{tool}` cannot be given; {looks} can."
                )));
            }
            Ok(Some(named.join(",")))
        }
        (_, []) => Ok(None),
        (_, named) => Ok(Some(named.join(","))),
    }
}

/// Whether files of others could be changed without the program's minding.
pub(crate) fn unwatched(request: &Request) -> bool {
    request.permissions == PermissionLevel::WorkspaceWrite
}

/// What would be dropped in silence is refused.
fn possible(request: &Request) -> Result<(), Error> {
    if request.fork && request.session.is_none() {
        return Err(Error::invalid_request(
            "no-session",
            "There is no session to go on with in a copy; name one.",
        ));
    }
    if !request.mcp_servers.is_empty() {
        return Err(Error::unsupported(
            "Pi knows no MCP servers; use another engine for this step, or give the agent no tools of servers.",
        ));
    }
    if request.max_turns.is_some() {
        return Err(Error::unsupported(
            "Pi has no limit of turns; leave it out, or limit the time or the money of the step.",
        ));
    }
    if let Some(tool) = request.tools.iter().find(|tool| tool.contains(',')) {
        return Err(Error::invalid_request(
            "bad-tool",
            format!("A tool of Pi has no comma in its name: `{tool}`."),
        ));
    }
    Ok(())
}
