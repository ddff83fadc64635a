//! From a request to the program that is started, and what it cannot be asked for.

use cm_sdk::engine::{Command, Error, PermissionLevel, Request};
use serde_json::{Value, json};

use crate::preset::Preset;

pub(crate) fn command(request: &Request, preset: &Preset) -> Result<Command, Error> {
    refuse(request, preset)?;
    let program = match request.option("program") {
        Some(program) if !program.trim().is_empty() => program,
        _ if preset.program.is_empty() => return Err(no_program()),
        _ => preset.program,
    };
    let mut command = Command::new(program);
    command.interactive = true;
    // Some agents stay when nobody talks to them any more.
    command
        .options
        .push(("exit-ms".to_owned(), "2000".to_owned()));
    match request.option("args") {
        Some(given) => command.arguments.extend(words(given)?),
        None => command = command.arguments(preset.arguments),
    }
    if let (Some(flag), Some(model)) = (preset.model_flag, &request.model) {
        command = command.argument(format!("{flag}={model}"));
    }
    Ok(match preset.engine {
        "acp-opencode" => command
            .variable("OPENCODE_DISABLE_AUTOUPDATE", "1")
            .variable("OPENCODE_DISABLE_LSP_DOWNLOAD", "1")
            .variable(
                "OPENCODE_CONFIG_CONTENT",
                opencode(request.permissions).to_string(),
            ),
        "acp-gemini" => command.variable("GEMINI_CLI_NO_RELAUNCH", "true"),
        "acp-copilot" => command.variable("COPILOT_AUTO_UPDATE", "false"),
        "acp-goose" => command.variable(
            "GOOSE_MODE",
            match request.permissions {
                PermissionLevel::ReadOnly => "approve",
                PermissionLevel::WorkspaceWrite => "smart_approve",
                PermissionLevel::Full => "auto",
            },
        ),
        _ => command,
    })
}

/// What would restrict the agent, and cannot: nothing of it is dropped in silence.
fn refuse(request: &Request, preset: &Preset) -> Result<(), Error> {
    let name = preset.name;
    if !request.tools.is_empty() {
        return Err(Error::unsupported(format!(
            "{name} cannot be held to a list of tools: the Agent Client Protocol has no word for it; leave `tools` away, or use an engine with the feature `tools`."
        )));
    }
    if request.max_turns.is_some() {
        return Err(Error::unsupported(format!(
            "{name} cannot be held to a number of turns: the Agent Client Protocol has no word for it; leave `max-turns` away, or use an engine with the feature `max-turns`."
        )));
    }
    let picky = request
        .mcp_servers
        .iter()
        .find(|server| !(server.only.is_empty() && server.exclude.is_empty()));
    if let Some(server) = picky {
        return Err(Error::unsupported(format!(
            "{name} cannot be given some of the tools of the MCP server `{}` and not others; give all of them, or use another engine.",
            server.name
        )));
    }
    if request.fork && !preset.features.contains(&"fork") {
        return Err(Error::unsupported(format!(
            "{name} cannot fork a conversation; go on with it, or start a new one."
        )));
    }
    if request.fork && request.session.is_none() {
        return Err(Error::invalid_request(
            "bad-session",
            "There is no conversation to fork; name one with `session`.",
        ));
    }
    Ok(())
}

fn no_program() -> Error {
    Error::invalid_request(
        "no-program",
        "The engine `acp` has to be told which agent to start: set the options `program` (its name on the PATH) and `args` (a JSON list), for example `program: \"my-agent\"` and `args: '[\"--acp\"]'`; or use an engine that knows its agent, such as `acp-opencode`.",
    )
}

fn words(given: &str) -> Result<Vec<String>, Error> {
    serde_json::from_str(given).map_err(|error| {
        Error::invalid_request(
            "bad-option",
            format!(
                "The option `args` must be a JSON list of texts, like `[\"--acp\"]`, not `{given}`: {error}."
            ),
        )
    })
}

/// opencode asks only for what its settings say; they are merged over the person's.
fn opencode(permissions: PermissionLevel) -> Value {
    let mut settings = json!({ "autoupdate": false, "share": "disabled" });
    match permissions {
        // A command may write where it seems to read only, so there are none.
        PermissionLevel::ReadOnly => {
            settings["permission"] = json!({ "bash": "deny", "edit": "deny" });
        }
        PermissionLevel::WorkspaceWrite => {
            settings["permission"] = json!({ "external_directory": "ask" });
        }
        PermissionLevel::Full => {}
    }
    settings
}
