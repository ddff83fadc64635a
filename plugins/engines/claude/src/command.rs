//! From a request to the command line of Claude Code.

use cm_sdk::engine::{Command, Error, Request};
use serde_json::Value;

use crate::permissions::Permissions;
use crate::{prompt, servers, tools};

/// How often Claude Code itself asks again. Its own choice is 10, which takes
/// minutes before a wrong key is reported; the host's retries are better, as
/// they survive a restart.
const RETRIES: &str = "3";

pub(crate) fn command(request: &Request, permissions: &Permissions) -> Result<Command, Error> {
    let mut command = Command::new("claude")
        .arguments(&[
            "-p",
            "--input-format=stream-json",
            "--output-format=stream-json",
            "--verbose",
            "--permission-prompt-tool=stdio",
        ])
        .variable("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .variable(
            "CLAUDE_CODE_MAX_RETRIES",
            number(request, "max-retries")?.unwrap_or(RETRIES),
        );
    command.interactive = true;
    command = conversation(request, command)?;
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    if let Some(effort) = &request.effort {
        command = command.argument(format!("--effort={effort}"));
    }
    tools::check(request)?;
    command = permissions.hold(&request.tools, command);
    command = servers::connect(&request.mcp_servers, command);
    for directory in &request.directories {
        command = command.argument(format!("--add-dir={directory}"));
    }
    if let Some(schema) = &request.schema {
        command = command.argument(format!("--json-schema={}", one_line(schema)?));
    }
    if let Some(turns) = max_turns(request)? {
        command = command.argument(format!("--max-turns={turns}"));
    }
    if let Some(budget) = number(request, "max-budget-usd")? {
        command = command.argument(format!("--max-budget-usd={budget}"));
    }
    if request.flag("partial") {
        command = command.argument("--include-partial-messages");
    }
    if let Some(instructions) = prompt::beside(request) {
        command = command.argument(format!("--append-system-prompt={instructions}"));
    }
    Ok(command)
}

/// A new session gets its name from the program: one that was given may not be
/// given again, and a turn that a crash cut off is sent again.
fn conversation(request: &Request, command: Command) -> Result<Command, Error> {
    match (&request.session, request.fork) {
        (None, false) => Ok(command),
        (Some(session), false) => Ok(command.argument(format!("--resume={session}"))),
        (Some(session), true) => Ok(command
            .argument(format!("--resume={session}"))
            .argument("--fork-session")),
        (None, true) => Err(Error::invalid_request(
            "bad-session",
            "There is no conversation to fork; name one with `session`.",
        )),
    }
}

/// To the program 0 is no limit at all.
fn max_turns(request: &Request) -> Result<Option<u32>, Error> {
    let named = request.option("max-turns");
    let turns = request
        .max_turns
        .or_else(|| named.and_then(|turns| turns.parse().ok()));
    match (turns, named) {
        (Some(1..), _) | (None, None) => Ok(turns),
        (Some(0), _) | (None, Some(_)) => Err(Error::invalid_request(
            "bad-option",
            "`max-turns` says how often the model may be asked; it must be a whole number from 1.",
        )),
    }
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
