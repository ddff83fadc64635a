//! From a request to the command line of Mistral Vibe.

use cm_sdk::engine::{Command, Error, PermissionLevel, Request};

use crate::{export, servers};

/// The prompt's file in the scratch directory: it may be of any length there, and begin
/// with anything.
const PROMPT: &str = "cm-prompt.md";

/// A longer one is not read, in whatever way it comes.
const LONGEST_PROMPT: usize = 1024 * 1024;

/// How many seconds the program may ask its service again. Its own choice is 300, of
/// which it says nothing; the host's retries are better, as they survive a restart.
const RETRY_S: &str = "20";

/// What only looks.
const LOOKS: &[&str] = &["read_file", "grep", "todo", "skill"];
/// What works in the directory.
const WORKS: &[&str] = &["write_file", "edit", "bash", "web_fetch", "web_search"];

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    possible(request)?;
    let prompt = request.instructed();
    if prompt.len() > LONGEST_PROMPT {
        return Err(Error::invalid_request(
            "prompt-too-long",
            "Mistral Vibe reads 1 MiB of a prompt; put what is longer into a file of the project, and name the file.",
        ));
    }
    let mut command = Command::new("vibe")
        .argument(format!("--prompt-file={}/{PROMPT}", request.scratch))
        .file(PROMPT, prompt)
        .arguments(&["--output=streaming", "--trust"])
        // Without this file there is no telling how it ended, and what was used.
        .argument(format!("--output-dir={}", request.scratch))
        .collect(export::FILE)
        .variable("VIBE_API_RETRY_MAX_ELAPSED_TIME", RETRY_S)
        // Nobody can be asked. What is not among the enabled tools is refused all the same.
        .argument("--auto-approve");
    if let Some(session) = &request.session {
        command = command.argument(format!("--resume={session}"));
    }
    if let Some(model) = &request.model {
        command = command.variable("VIBE_ACTIVE_MODEL", model);
    }
    if let Some(turns) = request.max_turns {
        command = command.argument(format!("--max-turns={turns}"));
    }
    for directory in &request.directories {
        command = command.argument(format!("--add-dir={directory}"));
    }
    for tool in enabled(request) {
        command = command.argument(format!("--enabled-tools={tool}"));
    }
    for tool in servers::forbidden(request) {
        command = command.argument(format!("--disabled-tools={tool}"));
    }
    servers::connect(request, command)
}

/// The only tools that may be used; none when all may.
fn enabled(request: &Request) -> Vec<String> {
    let named = !request.tools.is_empty();
    let level: Vec<&str> = match request.permissions {
        PermissionLevel::ReadOnly => LOOKS.to_vec(),
        PermissionLevel::WorkspaceWrite => [LOOKS, WORKS].concat(),
        PermissionLevel::Full if named => request.tools.iter().map(String::as_str).collect(),
        PermissionLevel::Full => return Vec::new(),
    };
    let wanted = |tool: &&str| !named || request.tools.iter().any(|named| named == tool);
    let tools = level.into_iter().filter(wanted).map(str::to_owned);
    let tools: Vec<String> = tools.chain(servers::allowed(request)).collect();
    // An empty list would not be one.
    if tools.is_empty() {
        vec!["cm-none".to_owned()]
    } else {
        tools
    }
}

/// What would be dropped in silence is refused.
fn possible(request: &Request) -> Result<(), Error> {
    if request.fork {
        return Err(Error::unsupported(
            "Mistral Vibe cannot go on in a copy of a session; start a new one, or go on in the old one.",
        ));
    }
    let odd = |tool: &&String| tool.is_empty() || tool.contains(['*', '?', '[', ':']);
    if let Some(tool) = request.tools.iter().find(odd) {
        return Err(Error::invalid_request(
            "bad-tool",
            format!("`{tool}` is not the name of a tool of Mistral Vibe."),
        ));
    }
    servers::possible(request)
}
