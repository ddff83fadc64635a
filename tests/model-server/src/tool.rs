//! From "write a file" to the tool that this engine has for it.

use crate::conversation::Offer;
use crate::mcp;
use crate::pattern::{self, Captures};
use crate::script::ToolCall;
use serde_json::{Map, Value, json};

/// A tool call as it goes over the wire.
#[derive(Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// The group of the tool, where an API has groups.
    pub(crate) group: Option<String>,
    pub(crate) arguments: Value,
    pub(crate) freeform: bool,
}

impl Call {
    /// Whether it only looks for tools.
    pub(crate) fn searches(&self) -> bool {
        self.name == mcp::SEARCH && self.group.is_none()
    }
}

const WRITERS: [&str; 4] = ["Write", "write", "write_file", "create"];
const READERS: [&str; 4] = ["Read", "read", "read_file", "view"];
const SHELLS: [&str; 7] = [
    "run_shell_command",
    "Bash",
    "bash",
    "exec_command",
    "shell_command",
    "shell",
    "run",
];
const PATHS: [&str; 3] = ["file_path", "filePath", "path"];
const CONTENTS: [&str; 2] = ["content", "file_text"];
const COMMANDS: [&str; 2] = ["command", "cmd"];

/// Picks the tool and names its arguments as the engine does.
pub(crate) fn concrete(call: &ToolCall, offers: &[Offer], values: &Captures) -> Call {
    let fill = |text: &str| pattern::fill(text, values);
    match call {
        ToolCall::Named { name, input } => {
            let offer = offers.iter().find(|offer| offer.name == *name);
            Call {
                name: name.clone(),
                group: None,
                arguments: given(input, values),
                freeform: offer.is_some_and(|offer| offer.freeform),
            }
        }
        ToolCall::Mcp {
            server,
            tool,
            input,
        } => mcp::call(server, tool, given(input, values), offers),
        ToolCall::WriteFile { path, content } => {
            let (path, content) = (fill(path), fill(content));
            match pick(offers, &WRITERS) {
                Some(offer) => {
                    let path = (argument(offer, &PATHS), json!(path));
                    let content = (argument(offer, &CONTENTS), json!(content));
                    complete(offer, [path, content])
                }
                // Codex has no tool for it: its models write files from the shell.
                None => shell(offers, write_command(&path, &content)),
            }
        }
        ToolCall::ReadFile { path } => {
            let path = fill(path);
            match pick(offers, &READERS) {
                Some(offer) => complete(offer, [(argument(offer, &PATHS), json!(path))]),
                None => shell(offers, format!("cat {}", quoted(&path))),
            }
        }
        ToolCall::Shell { command } => shell(offers, fill(command)),
    }
}

fn shell(offers: &[Offer], command: String) -> Call {
    let Some(offer) = pick(offers, &SHELLS) else {
        // The engine's own "no such tool" error is part of what a test wants to see.
        let arguments = json!({ "command": command });
        return Call {
            name: "shell".to_owned(),
            group: None,
            arguments,
            freeform: false,
        };
    };
    let name = argument(offer, &COMMANDS);
    let list = offer.schema["properties"][name]["type"] == "array";
    let value = if list {
        json!(["bash", "-c", command])
    } else {
        json!(command)
    };
    complete(offer, [(name, value)])
}

fn write_command(path: &str, content: &str) -> String {
    format!("printf %s {} > {}", quoted(content), quoted(path))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn pick<'o>(offers: &'o [Offer], names: &[&str]) -> Option<&'o Offer> {
    names
        .iter()
        .find_map(|name| offers.iter().find(|offer| offer.name == *name))
}

fn argument<'n>(offer: &Offer, names: &[&'n str]) -> &'n str {
    let has = |name: &&&str| !offer.schema["properties"][**name].is_null();
    names.iter().find(has).copied().unwrap_or(names[0])
}

/// Adds something harmless for each required argument that a script knows nothing of.
fn complete<const N: usize>(offer: &Offer, given: [(&str, Value); N]) -> Call {
    let mut arguments: Map<String, Value> = given
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let required = offer.schema["required"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    for name in required.iter().filter_map(Value::as_str) {
        let schema = &offer.schema["properties"][name];
        let value = match (schema["enum"].get(0), schema["type"].as_str()) {
            (Some(first), _) => first.clone(),
            (_, Some("boolean")) => json!(false),
            (_, Some("number" | "integer")) => json!(1),
            (_, Some("array")) => json!([]),
            (_, Some("object")) => json!({}),
            _ => json!("scripted"),
        };
        arguments.entry(name).or_insert(value);
    }
    Call {
        name: offer.name.clone(),
        group: offer.group.clone(),
        arguments: arguments.into(),
        freeform: offer.freeform,
    }
}

/// The arguments that a script gives.
fn given(input: &Value, values: &Captures) -> Value {
    match input {
        Value::Null => json!({}),
        input => fill_all(input, values),
    }
}

fn fill_all(value: &Value, values: &Captures) -> Value {
    match value {
        Value::String(text) => json!(pattern::fill(text, values)),
        Value::Array(items) => items.iter().map(|item| fill_all(item, values)).collect(),
        Value::Object(fields) => {
            let fill = |(name, value): (&String, &Value)| (name.clone(), fill_all(value, values));
            Value::Object(fields.iter().map(fill).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::concrete;
    use crate::conversation::Offer;
    use crate::pattern::Captures;
    use crate::script::ToolCall;
    use serde_json::{Value, json};

    fn offer(name: &str, properties: Value, required: Value) -> Offer {
        let schema = json!({"properties": properties, "required": required});
        Offer {
            name: name.to_owned(),
            group: None,
            schema,
            freeform: false,
        }
    }

    #[test]
    fn each_engine_gets_its_own_tool_and_argument_names() {
        let write = ToolCall::WriteFile {
            path: "/{p}".to_owned(),
            content: "it's".to_owned(),
        };
        let values = Captures::from([("p".to_owned(), "f".to_owned())]);
        let text = json!({"type": "string"});

        let claude = [offer(
            "Write",
            json!({"file_path": text, "content": text}),
            json!([]),
        )];
        let call = concrete(&write, &claude, &values);
        assert_eq!(call.name, "Write");
        assert_eq!(
            call.arguments,
            json!({"file_path": "/f", "content": "it's"})
        );

        let opencode = [offer(
            "write",
            json!({"filePath": text, "content": text}),
            json!([]),
        )];
        let call = concrete(&write, &opencode, &values);
        assert_eq!(call.arguments, json!({"filePath": "/f", "content": "it's"}));

        let required = json!(["cmd", "tty", "mode"]);
        let fields = json!({"cmd": text, "tty": {"type": "boolean"}, "mode": {"enum": ["a"]}});
        let codex = [offer("exec_command", fields, required)];
        let call = concrete(&write, &codex, &values);
        let command = r"printf %s 'it'\''s' > '/f'";
        assert_eq!(
            call.arguments,
            json!({"cmd": command, "tty": false, "mode": "a"})
        );

        let list = [offer(
            "shell",
            json!({"command": {"type": "array"}}),
            json!([]),
        )];
        let read = ToolCall::ReadFile {
            path: "/f".to_owned(),
        };
        let call = concrete(&read, &list, &values);
        assert_eq!(
            call.arguments,
            json!({"command": ["bash", "-c", "cat '/f'"]})
        );
    }
}
