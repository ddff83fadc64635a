//! From a request to the command line of Gemini CLI.

use cm_sdk::engine::{Command, Error, PermissionLevel, Request};

use crate::policy;

/// The program reads this much of its standard input, and drops the rest in silence.
const LONGEST_PROMPT: usize = 8 * 1024 * 1024;

/// A longer prompt may be too much for the model; the program then ends without a word.
pub(crate) const LONG: usize = 1024 * 1024;

/// How often the program may ask its service again. Its own choice is 10, which takes
/// minutes; the host's retries are better, as they survive a restart.
const RETRIES: u32 = 3;

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    possible(request)?;
    let mode = match request.permissions {
        // Without a person, this mode refuses what changes anything.
        PermissionLevel::ReadOnly => "default",
        PermissionLevel::WorkspaceWrite => "auto_edit",
        PermissionLevel::Full => "yolo",
    };
    let mut command = Command::new("gemini")
        .arguments(&["--output-format=stream-json", "--skip-trust"])
        .argument(format!("--approval-mode={mode}"))
        // Else the program that was started is only a parent, which ignores signals.
        .variable("GEMINI_CLI_NO_RELAUNCH", "true");
    if let Some(session) = &request.session {
        command = command.argument(format!("--resume={session}"));
    }
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    for directory in &request.directories {
        command = command.argument(format!("--include-directories={directory}"));
    }
    if let Some(rules) = policy::rules(request) {
        // A policy on the command line takes the place of the person's own: theirs are
        // named too.
        command = command
            .argument(format!("--policy={}/{}", request.scratch, policy::FILE))
            .argument("--policy=~/.gemini/policies")
            .file(policy::FILE, rules);
    }
    let prompt = request.instructed();
    // What begins with a slash is a command of the program, however many blanks stand
    // before it.
    let prompt = if prompt.trim_start().starts_with('/') {
        format!("The request:\n{prompt}")
    } else {
        prompt
    };
    if prompt.len() > LONGEST_PROMPT {
        return Err(Error::invalid_request(
            "prompt-too-long",
            "Gemini CLI reads 8 MiB of a prompt; put what is longer into a file of the project, and name the file.",
        ));
    }
    Ok(command.stdin(prompt))
}

/// What would be dropped in silence is refused.
fn possible(request: &Request) -> Result<(), Error> {
    if request.fork {
        return Err(Error::unsupported(
            "Gemini CLI cannot go on in a copy of a session; start a new one, or go on in the old one.",
        ));
    }
    if !request.mcp_servers.is_empty() {
        return Err(Error::unsupported(
            "Gemini CLI takes MCP servers only from its settings files; use the engine `acp` with its preset `gemini`, or set the servers up with `gemini mcp add`.",
        ));
    }
    if request.max_turns.is_some() {
        return Err(Error::unsupported(
            "Gemini CLI takes a limit of turns only from its settings (`model.maxSessionTurns`); leave it out, or limit the time or the money of the step.",
        ));
    }
    if request.directories.iter().any(|path| path.contains(',')) {
        return Err(Error::unsupported(
            "Gemini CLI cannot be given a directory with a comma in its path.",
        ));
    }
    Ok(())
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
