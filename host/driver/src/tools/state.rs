//! The shared state.

use cm_mcp::Tool;
use cm_orchestrator::Input;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tools, tool};
use crate::kept;

pub(super) fn read() -> Tool {
    tool(
        "read_state",
        "Reads a value that all steps of this run share. Answers {value, version}, or null when there is none.",
        json!({ "key": { "type": "string" } }),
        &["key"],
    )
}

pub(super) fn write() -> Tool {
    tool(
        "write_state",
        "Sets a value that all steps of this run share. Answers its new version. With `version` it is only set if it still has that version (0: if there is none); else the error shows what it is now.",
        json!({
            "key": { "type": "string" },
            "value": { "type": "string", "description": "A text; JSON as a text." },
            "version": { "type": "integer", "minimum": 0 },
        }),
        &["key", "value"],
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Read {
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Write {
    key: String,
    value: Value,
    version: Option<u32>,
}

impl Tools {
    pub(super) fn read_state(&self, Read { key }: Read) -> Result<Value, String> {
        let entry = self.ledger.look(|run| run.state.get(&key).cloned());
        Ok(entry.map_or(
            Value::Null,
            |entry| json!({ "value": entry.value, "version": entry.version }),
        ))
    }

    pub(super) async fn write_state(&self, arguments: Write) -> Result<Value, String> {
        let Write {
            key,
            value,
            version,
        } = arguments;
        // Agents hand over JSON where a text with JSON is wanted.
        let value = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        if key.trim().is_empty() {
            return Err("the key is empty; give the value a name".into());
        }
        kept::value(&key, &value).map_err(|error| error.to_string())?;
        let admitted = self.ledger.admit(&key, &value);
        admitted.map_err(|failure| failure.message)?;
        let scope = Some(self.caller.task);
        let input = match version {
            None => Input::Write {
                scope,
                key: key.clone(),
                value,
            },
            Some(version) => Input::Swap {
                scope,
                key: key.clone(),
                version,
                value,
            },
        };
        let decided = self.ledger.secure(input).await;
        match (decided.refused, decided.version) {
            (None, Some(version)) => Ok(json!({ "version": version })),
            (None, None) => Err("the run is being stopped; nothing was written".into()),
            (Some(failure), _) => {
                let now = self.ledger.look(|run| run.state.get(&key).cloned());
                let now =
                    now.map(|entry| json!({ "value": entry.value, "version": entry.version }));
                Err(format!(
                    "{}; now: {}",
                    failure.message,
                    now.unwrap_or(Value::Null)
                ))
            }
        }
    }
}
