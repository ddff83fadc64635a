//! What an agent says of its own work when it thinks that it is done.

use std::collections::BTreeMap;

use cm_mcp::Tool;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Tools;

pub(super) fn tool() -> Tool {
    super::tool(
        "propose_completion",
        "Says that the work of this step is complete, and how sure you are. It is shown to whoever decides how the run goes on.",
        json!({
            "summary": { "type": "string" },
            "artifact": { "type": "string", "description": "The name of a kept file with the result." },
            "checklist": { "type": "object", "additionalProperties": { "type": "boolean" } },
            "open_questions": { "type": "array", "items": { "type": "string" } },
            "confidence": { "type": "number", "minimum": 0, "maximum": 1 },
        }),
        &[],
    )
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proposal {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    artifact: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    checklist: BTreeMap<String, bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open_questions: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
}

impl Tools {
    pub(super) async fn propose(&self, proposal: Proposal) -> Result<Value, String> {
        if proposal
            .confidence
            .is_some_and(|confidence| !(0.0..=1.0).contains(&confidence))
        {
            return Err("`confidence` lies between 0 and 1".into());
        }
        let body = serde_json::to_value(&proposal).map_err(|error| error.to_string())?;
        let kept = body.clone();
        self.say("proposal", &body, |said| said.proposal = Some(kept))
            .await;
        Ok(json!({ "proposed": true }))
    }
}
