//! What a script asks of the host: its tools, and the directive file.

use cm_sdk::engine::{Error, Request};
use serde_json::Value;

use crate::quote::{bad, quoted};

/// Writes into the directive file, which there is only when the step may give any.
const DIRECTIVE: &str = r#"exec 2>&1
  if [ -z "${CM_DIRECTIVE-}" ]; then
    echo 'no directives were granted: CM_DIRECTIVE is not set'
    exit 1
  fi
  printf '%s' "$cm_directive" > "$CM_DIRECTIVE" && echo 'the directive is written'
"#;

/// The commands that use a tool of the host, as a person would in a shell; none when
/// the host granted nothing to this turn.
pub(crate) fn call(
    request: &Request,
    tool: &str,
    arguments: &Value,
) -> Result<Option<String>, Error> {
    if tool.is_empty() || tool.starts_with('-') {
        return Err(bad(&format!("`{tool}` is not the name of a tool")));
    }
    let Some(server) = request.mcp_servers.iter().find(|server| server.is_host()) else {
        return Ok(None);
    };
    let variables = server
        .environment
        .iter()
        .filter(|(name, _)| is_name(name))
        .map(|(name, value)| format!("{name}={}", quoted(value)));
    let words = std::iter::once(&server.command)
        .chain(&server.arguments)
        .map(|word| quoted(word));
    let call = [
        "call".to_owned(),
        quoted(tool),
        quoted(&arguments.to_string()),
    ];
    let words: Vec<String> = variables.chain(words).chain(call).collect();
    Ok(Some(format!("exec 2>&1 </dev/null; {}", words.join(" "))))
}

/// The commands that put a text into the directive file.
pub(crate) fn direct(text: &str) -> String {
    format!("cm_directive={}; {DIRECTIVE}", quoted(text))
}

/// Whether the shell takes this for a variable's name.
fn is_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(word) && name.starts_with(|c: char| !c.is_ascii_digit())
}
