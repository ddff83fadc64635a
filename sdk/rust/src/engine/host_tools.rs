//! The tools of the host, for models that have no program around them.

use serde_json::Value;

use super::{Error, PermissionLevel, Request, json};

/// What the host describes, as JSON.
const TOOLS: &str = include_str!("../../../../wit/engine/tools.json");

/// A tool that the host performs.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTool {
    /// Its name.
    pub name: String,
    /// What it does, for a model.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: Value,
    /// Whether it changes something.
    pub changes: bool,
}

impl HostTool {
    /// All of them.
    pub fn all() -> Vec<Self> {
        // The file is ours, and tested to be what it should be.
        let tools: Value = serde_json::from_str(TOOLS).unwrap_or_default();
        let tool = |tool: &Value| Self {
            name: json::text(tool, "/name").to_owned(),
            description: json::text(tool, "/description").to_owned(),
            parameters: tool.get("parameters").cloned().unwrap_or_default(),
            changes: tool.get("changes") == Some(&Value::Bool(true)),
        };
        json::list(&tools, "").iter().map(tool).collect()
    }

    /// Those that a request allows.
    ///
    /// # Errors
    ///
    /// When the request names one that there is not, or that its permissions forbid.
    pub fn of(request: &Request) -> Result<Vec<Self>, Error> {
        let mut tools = Self::all();
        let looks = request.permissions == PermissionLevel::ReadOnly;
        for name in &request.tools {
            let known = tools.iter().find(|tool| tool.name == *name);
            let why = match known {
                None => "there is no such tool",
                Some(tool) if tool.changes && looks => {
                    "it changes things, and the permissions are `read-only`"
                }
                Some(_) => continue,
            };
            let all: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
            return Err(Error::invalid_request(
                "unsupported",
                format!(
                    "The tool `{name}` cannot be given to the model: {why}. There are: {}.",
                    all.join(", ")
                ),
            ));
        }
        let wanted = |tool: &Self| request.tools.is_empty() || request.tools.contains(&tool.name);
        tools.retain(|tool| wanted(tool) && !(tool.changes && looks));
        Ok(tools)
    }
}

/// What a model has to know that has no program around it: where it works, with what,
/// the rules that stand beside the prompt, and the form of its last answer. `schema`: the
/// service has no way of its own to be told that form.
pub fn briefing(request: &Request, tools: &[HostTool], schema: bool) -> String {
    let mut parts = Vec::new();
    if !tools.is_empty() {
        let names: Vec<_> = tools
            .iter()
            .map(|tool| format!("`{}`", tool.name))
            .collect();
        let mut work = format!(
            "You are a software engineer at work in the directory `{}` of a person's project. Nobody answers questions: do what is asked with your tools ({}), look at the files before you change them, check what you have done, and end with a short answer that says what you did or found. Relative paths are taken from that directory.",
            request.directory,
            names.join(", ")
        );
        if !request.directories.is_empty() {
            let others = request.directories.join("`, `");
            work.push_str(&format!(" You may use these directories too: `{others}`."));
        }
        if !tools.iter().any(|tool| tool.changes) {
            work.push_str(" You may look at everything and change nothing.");
        }
        parts.push(work);
    }
    let instructions = request.instructions.as_deref().unwrap_or("").trim();
    if !instructions.is_empty() {
        parts.push(instructions.to_owned());
    }
    if let (true, Some(schema)) = (schema, &request.schema) {
        parts.push(format!(
            "Your last answer must be one JSON value and nothing else: no words around it, no code fence. It must meet this JSON Schema:\n{schema}"
        ));
    }
    parts.join("\n\n")
}

/// The schema of a request, when it is one that services take which insist that objects
/// have no other properties than those named.
pub fn closed_schema(request: &Request) -> Option<Value> {
    let schema: Value = serde_json::from_str(request.schema.as_deref()?).ok()?;
    let object = schema.get("type").and_then(Value::as_str) == Some("object");
    (object && is_closed(&schema)).then_some(schema)
}

fn is_closed(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let is_object = map.contains_key("properties")
                || map.get("type").and_then(Value::as_str) == Some("object");
            let closed = map.get("additionalProperties") == Some(&Value::Bool(false));
            // What is referred to, or meant otherwise than by `type`, is left to the words.
            let plain = !map.contains_key("$ref") && !map.contains_key("patternProperties");
            (!is_object || closed) && plain && map.values().all(is_closed)
        }
        Value::Array(list) => list.iter().all(is_closed),
        _ => true,
    }
}
