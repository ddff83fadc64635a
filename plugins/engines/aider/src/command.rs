//! From a request to the command line of aider.

use cm_sdk::engine::{Command, Error, PermissionLevel, Request};

/// The file in the scratch directory that holds the prompt.
const PROMPT: &str = "prompt.txt";

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    refuse(request)?;
    let scratch = &request.scratch;
    let mut command = Command::new("aider")
        .arguments(&[
            "--yes-always",
            "--no-pretty",
            "--no-stream",
            "--no-auto-commits",
            "--no-gitignore",
            "--no-check-update",
            "--no-show-release-notes",
            "--no-show-model-warnings",
            "--no-suggest-shell-commands",
            "--analytics-disable",
        ])
        .argument(format!("--chat-history-file={scratch}/chat.md"))
        .argument(format!("--input-history-file={scratch}/input"))
        .argument(format!("--message-file={scratch}/{PROMPT}"))
        // It would fetch a list of prices first.
        .variable("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .file(PROMPT, request.instructed());
    if request.permissions == PermissionLevel::ReadOnly {
        command = command.arguments(&["--chat-mode=ask", "--dry-run"]);
    }
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    if let Some(effort) = &request.effort {
        command = command.argument(format!("--reasoning-effort={effort}"));
    }
    Ok(command)
}

fn refuse(request: &Request) -> Result<(), Error> {
    let refused = if request.session.is_some() || request.fork {
        Some(("go on with a conversation", "start a new one"))
    } else if !request.mcp_servers.is_empty() {
        Some((
            "be given MCP servers or tools of the host",
            "use an engine with the feature `mcp`",
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
            "aider cannot {what}; {instead}, or use another engine."
        ))),
        None => Ok(()),
    }
}

/// What it has no word for, and does its work without.
pub(crate) fn unheard(request: &Request) -> Vec<&'static str> {
    let mut unheard = Vec::new();
    if !request.directories.is_empty() {
        unheard.push("directories");
    }
    unheard
}
