//! From a request to the command line of Cursor's agent.

use cm_sdk::engine::{Command, Error, PermissionLevel, Request};

/// An argument may not be longer than 128 KiB on Linux, and the prompt is one.
const LONGEST_PROMPT: usize = 120_000;

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    refuse(request)?;
    let mut prompt = request.instructed();
    if prompt.len() > LONGEST_PROMPT {
        return Err(Error::invalid_request(
            "prompt-too-long",
            format!(
                "Cursor takes its prompt as an argument, and {} bytes are longer than the system takes; put what is long into a file, and name the file.",
                prompt.len()
            ),
        ));
    }
    // It must be taken neither for a flag nor for a command of the program.
    if prompt.starts_with(['-', '/']) {
        prompt.insert(0, '\n');
    }
    let mut command = Command::new("cursor-agent").arguments(&[
        "-p",
        "--output-format",
        "stream-json",
        "--trust",
    ]);
    command = match request.permissions {
        PermissionLevel::ReadOnly => command.argument("--mode=ask"),
        PermissionLevel::WorkspaceWrite => command.arguments(&["--force", "--sandbox=enabled"]),
        PermissionLevel::Full => command.arguments(&["--force", "--sandbox=disabled"]),
    };
    if let Some(session) = &request.session {
        command = command.argument(format!("--resume={session}"));
    }
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    Ok(command.argument(prompt))
}

fn refuse(request: &Request) -> Result<(), Error> {
    let refused = if request.fork {
        Some(("fork a conversation", "go on with it, or start a new one"))
    } else if !request.mcp_servers.is_empty() {
        Some((
            "be given MCP servers or tools of the host for one turn",
            "use the engine `acp-cursor`",
        ))
    } else if !request.tools.is_empty() {
        Some(("be held to a list of tools", "leave `tools` away"))
    } else if request.max_turns.is_some() {
        Some(("be held to a number of turns", "leave `max-turns` away"))
    } else {
        None
    };
    match refused {
        Some((what, instead)) => Err(Error::unsupported(format!(
            "Cursor cannot {what}; {instead}, or use another engine."
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
