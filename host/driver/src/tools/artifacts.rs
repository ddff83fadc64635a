//! Texts that are kept as files.

use cm_mcp::Tool;
use cm_orchestrator::Input;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tools, tool};
use crate::kept;

pub(super) fn put() -> Tool {
    tool(
        "put_artifact",
        "Keeps a text as a file of this step, for people and for later steps.",
        json!({
            "name": { "type": "string", "description": "A file name: letters, digits, `.`, `-`, `_`." },
            "content": { "type": "string" },
        }),
        &["name", "content"],
    )
}

pub(super) fn get() -> Tool {
    tool(
        "get_artifact",
        "Reads a file that a step of this run has kept. Answers {content}, or null when there is none.",
        json!({ "step": { "type": "string" }, "name": { "type": "string" } }),
        &["step", "name"],
    )
}

pub(super) fn list() -> Tool {
    tool(
        "list_artifacts",
        "Lists the files that the steps of this run have kept: [{step, name, bytes}].",
        json!({}),
        &[],
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Put {
    name: String,
    content: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Get {
    step: String,
    name: String,
}

impl Tools {
    pub(super) async fn put_artifact(&self, arguments: Put) -> Result<Value, String> {
        let Put { name, content } = arguments;
        // What an agent keeps that another one started stands with the step itself.
        let step = self.caller.step.split('/').next().unwrap_or_default();
        kept::artifact(step, &name, &content).map_err(|error| error.to_string())?;
        let kept = json!({ "step": step, "name": name, "bytes": content.len() });
        let input = Input::Save {
            scope: Some(self.caller.task),
            step: step.to_owned(),
            name,
            content,
        };
        self.ledger.secure(input).await;
        Ok(kept)
    }

    pub(super) fn get_artifact(&self, arguments: Get) -> Result<Value, String> {
        let path = (arguments.step, arguments.name);
        let content = self
            .ledger
            .look(|run| Some(run.artifacts.get(&path)?.content.clone()));
        Ok(content.map_or(Value::Null, |content| json!({ "content": content })))
    }

    pub(super) fn list_artifacts(&self) -> Value {
        self.ledger.look(|run| {
            let all = run.artifacts.iter().map(|((step, name), artifact)| {
                json!({ "step": step, "name": name, "bytes": artifact.content.len() })
            });
            all.collect()
        })
    }
}
