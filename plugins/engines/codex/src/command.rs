//! From a request to the program that is started, and what it cannot be asked for.

use cm_sdk::engine::{Command, Error, Request};

use crate::servers;

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    refuse(request)?;
    let mut command = Command::new("codex")
        .arguments(&["app-server"])
        .arguments(&["-c", "analytics.enabled=false"])
        .arguments(&["-c", "check_for_update_on_startup=false"]);
    command.interactive = true;
    for server in &request.mcp_servers {
        command = servers::serve(command, server)?;
    }
    Ok(command)
}

/// What would restrict the agent, and cannot: nothing of it is dropped in silence.
fn refuse(request: &Request) -> Result<(), Error> {
    if !request.tools.is_empty() {
        return Err(Error::unsupported(
            "Codex cannot be held to a list of tools; leave `tools` away and say how far it may go with `permissions`, or use an engine with the feature `tools`.",
        ));
    }
    if request.max_turns.is_some() {
        return Err(Error::unsupported(
            "Codex cannot be held to a number of turns; leave `max-turns` away, or use an engine with the feature `max-turns`.",
        ));
    }
    let bad = match request.session.as_deref().map(str::trim) {
        Some("") => "The name of the Codex session to go on with is empty.",
        None if request.fork => "There is no conversation to fork; name one with `session`.",
        _ => return Ok(()),
    };
    Err(Error::invalid_request("bad-session", bad))
}
