//! From a request to the command line of opencode.

use cm_sdk::engine::{Command, Error, PermissionLevel, Request};
use serde_json::{Map, Value, json};

use crate::servers;

pub(crate) fn command(request: &Request) -> Result<Command, Error> {
    // The directory is named, as the program trusts `PWD` more than where it is.
    let mut command = Command::new("opencode")
        .arguments(&["run", "--format", "json", "--thinking"])
        .argument(format!("--dir={}", request.directory))
        // Nobody can be asked: what the rules below do not forbid is allowed.
        // Without this flag a question ends the run, with exit code 0.
        .argument("--auto")
        .variable("OPENCODE_DISABLE_AUTOUPDATE", "1")
        .variable("OPENCODE_DISABLE_LSP_DOWNLOAD", "1")
        .variable("OPENCODE_CONFIG_CONTENT", config(request)?.to_string());
    if let Some(session) = &request.session {
        command = command.argument(format!("--session={session}"));
    }
    if let Some(model) = &request.model {
        command = command.argument(format!("--model={model}"));
    }
    if let Some(effort) = &request.effort {
        command = command.argument(format!("--variant={effort}"));
    }
    let instructions = request.instructions.as_deref().unwrap_or("").trim();
    // A prompt among the arguments would reach the model in quotes.
    Ok(command.stdin(if instructions.is_empty() {
        request.prompt.clone()
    } else {
        format!(
            "<instructions>\n{instructions}\n</instructions>\n\n{}",
            request.prompt
        )
    }))
}

/// Settings for this turn; they are merged over those of the project and person.
fn config(request: &Request) -> Result<Value, Error> {
    let mut config = Map::new();
    config.insert("autoupdate".to_owned(), json!(false));
    config.insert("share".to_owned(), json!("disabled"));
    let mut permission = match request.permissions {
        // A command may write where it seems to read only, so there are none.
        PermissionLevel::ReadOnly => rules(&[("bash", "deny"), ("edit", "deny")]),
        PermissionLevel::WorkspaceWrite => rules(&[("external_directory", "deny")]),
        PermissionLevel::Full => Map::new(),
    };
    servers::connect(&request.mcp_servers, &mut permission, &mut config);
    if !permission.is_empty() {
        config.insert("permission".to_owned(), Value::Object(permission));
    }
    let config = Value::Object(config);
    // A variable of the environment has the limit of an argument: 128 KiB on Linux.
    if config.to_string().len() > 100_000 {
        return Err(Error::invalid_request(
            "too-many-servers",
            "The MCP servers of this turn do not fit into opencode's settings; name fewer.",
        ));
    }
    Ok(config)
}

fn rules(rules: &[(&str, &str)]) -> Map<String, Value> {
    let owned = |(name, rule): &(&str, &str)| ((*name).to_owned(), json!(rule));
    rules.iter().map(owned).collect()
}
