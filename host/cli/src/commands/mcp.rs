//! The tools that an agent's or a command's step grants it, and the servers beside them.

use std::path::{Path, PathBuf};

use cm_driver::{KnownServer, ServerOrigin, Servers};
use serde_json::{Map, Value};

use crate::{
    arguments::{Mcp, McpAction, Where},
    exit::Exit,
    place,
    trouble::Trouble,
    view::{out, table, text},
};

/// The variable that names the socket.
const SOCKET: &str = "CM_MCP";

pub(crate) fn run(arguments: &Mcp) -> Result<Exit, Trouble> {
    match &arguments.action {
        None => bridge(&socket()?),
        Some(McpAction::Tools) => tools(&socket()?),
        Some(McpAction::Call { tool, arguments }) => call(tool, arguments),
        Some(McpAction::Servers { place }) => servers(place),
        Some(McpAction::Allow { name, place }) => allow(name, place),
    }
}

fn bridge(socket: &Path) -> Result<Exit, Trouble> {
    wait(cm_mcp::bridge(socket))??;
    Ok(Exit::Done)
}

fn tools(socket: &Path) -> Result<Exit, Trouble> {
    let tools = wait(cm_mcp::list(socket))??;
    if tools.is_empty() {
        eprintln!("No tools are granted here.");
        return Ok(Exit::Done);
    }
    let mut shown = table::new(&["TOOL", "DESCRIPTION"]);
    for tool in &tools {
        shown.add_row([
            text::one_line(&tool.name, 40),
            text::one_line(&tool.description, 120),
        ]);
    }
    out::line(table::render(&shown));
    Ok(Exit::Done)
}

fn call(tool: &str, arguments: &str) -> Result<Exit, Trouble> {
    let arguments: Map<String, Value> = serde_json::from_str(arguments).map_err(|error| {
        let message = format!("the arguments are not a JSON object: {error}");
        Trouble::usage("not-json", message).help(format!(
            "for example: cm mcp call {tool} '{{\"key\": \"plan\"}}'"
        ))
    })?;
    match wait(cm_mcp::call(&socket()?, tool, arguments))?? {
        Ok(Value::String(text)) => out::text(&text),
        Ok(value) => out::json(&value),
        Err(refused) => {
            return Err(Trouble::new("tool-refused", format!("`{tool}`: {refused}"))
                .help("what is granted here: cm mcp tools"));
        }
    }
    Ok(Exit::Done)
}

fn socket() -> Result<PathBuf, Trouble> {
    let named = std::env::var_os(SOCKET).filter(|path| !path.is_empty());
    named.map(PathBuf::from).ok_or_else(|| {
        let message = format!("no run has started this: `{SOCKET}` is not set");
        Trouble::usage("no-run", message).help(
            "agents and `run:` steps have these tools while they are at work, when their step \
             grants them: `tools: [state, artifacts]`",
        )
    })
}

fn wait<T>(future: impl Future<Output = T>) -> Result<T, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Trouble::new("no-runtime", error.to_string()))?;
    let value = runtime.block_on(future);
    // It may still wait for standard input.
    runtime.shutdown_background();
    Ok(value)
}

fn known(place: &Where) -> Result<Servers, Trouble> {
    let registry = place::registry()?;
    let project = place::project(place.dir.as_deref())?;
    Ok(Servers::read(registry.home().root(), &project)?)
}

fn servers(place: &Where) -> Result<Exit, Trouble> {
    let servers = known(place)?.list();
    if servers.is_empty() {
        eprintln!("No servers are set up, neither for you nor for this project.");
        return Ok(Exit::Done);
    }
    let mut shown = table::new(&["SERVER", "FROM", "STARTS"]);
    for server in &servers {
        let from = match server.origin {
            ServerOrigin::Person => "you",
            ServerOrigin::Project { allowed: true } => "project",
            ServerOrigin::Project { allowed: false } => "project, not allowed",
        };
        shown.add_row([text::one_line(&server.name, 40), from.into(), line(server)]);
    }
    out::line(table::render(&shown));
    Ok(Exit::Done)
}

fn allow(name: &str, place: &Where) -> Result<Exit, Trouble> {
    let mut servers = known(place)?;
    servers.allow(name)?;
    let listed = servers.list();
    if let Some(server) = listed.iter().find(|server| server.name == name) {
        eprintln!("Steps of this project may use it: {}", line(server));
    }
    Ok(Exit::Done)
}

/// What is started.
fn line(server: &KnownServer) -> String {
    let definition = &server.definition;
    let words = std::iter::once(&definition.command).chain(&definition.args);
    let words: Vec<_> = words.map(String::as_str).collect();
    let variables: Vec<_> = definition.env.keys().map(String::as_str).collect();
    let with = match variables.is_empty() {
        true => String::new(),
        false => format!(" (with {})", variables.join(", ")),
    };
    text::one_line(&format!("{}{with}", words.join(" ")), 120)
}
