//! From a request to the command line of Goose.

use cm_sdk::engine::{Command, Error, McpServer, PermissionLevel, Request};

/// The name of the conversation: the one that goes on, or a new one.
pub(crate) fn session(request: &Request) -> &str {
    request.session.as_deref().unwrap_or(&request.new_session)
}

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    refuse(request)?;
    let mut command = Command::new("goose")
        .arguments(&["run", "--quiet", "--output-format", "stream-json"])
        .argument(format!("--name={}", session(request)))
        .variable("GOOSE_MODE", "auto")
        .stdin(request.instructed());
    if request.session.is_some() {
        command = command.argument("--resume");
    }
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    if let Some(turns) = request.max_turns {
        command = command.argument(format!("--max-turns={turns}"));
    }
    for server in &request.mcp_servers {
        command = command.argument(format!("--with-extension={}", extension(server)?));
    }
    Ok(command.arguments(&["--instructions", "-"]))
}

/// `NAME=value command arguments`, in one text.
fn extension(server: &McpServer) -> Result<String, Error> {
    let variables = server
        .environment
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    let words: Vec<String> = variables
        .chain([server.command.clone()])
        .chain(server.arguments.iter().cloned())
        .collect();
    // How it takes quotes is not documented.
    let odd = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\');
    if words
        .iter()
        .any(|word| word.is_empty() || word.contains(odd))
    {
        return Err(Error::unsupported(format!(
            "Goose cannot be given the MCP server `{}`, as its command line has blanks, quotes or empty words; write a script that starts it.",
            server.name
        )));
    }
    Ok(words.join(" "))
}

fn refuse(request: &Request) -> Result<(), Error> {
    let picky = request
        .mcp_servers
        .iter()
        .any(|server| !(server.only.is_empty() && server.exclude.is_empty()));
    let refused = if request.permissions == PermissionLevel::ReadOnly {
        Some((
            "be held to `read-only` when nobody can be asked",
            "use the engine `acp-goose`, which refuses what it asks for",
        ))
    } else if request.fork {
        Some(("fork a conversation", "go on with it, or start a new one"))
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
            "Goose cannot {what}; {instead}, or use another engine."
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
