//! What an agent tells its workflow.

use cm_mcp::Tool;
use serde_json::{Map, Value, json};

use super::Tools;
use crate::directive;

pub(super) fn tool(granted: &[String]) -> Tool {
    super::tool(
        "give_directive",
        "Tells the workflow how to go on after this turn: `loop` goes back (`steps` or `to`), `stop` leaves the loop, `goto` goes on at the step `to`, `checkpoint` and `pause` ask the person first, `trigger` runs the agent `agent` next, `error` fails the step.",
        json!({
            "action": { "type": "string", "enum": granted },
            "reason": { "type": "string" },
            "steps": { "type": "integer", "minimum": 1 },
            "to": { "type": "string" },
            "agent": { "type": "string" },
            "prompt": { "type": "string" },
        }),
        &["action"],
    )
}

impl Tools {
    pub(super) async fn give_directive(
        &self,
        arguments: Map<String, Value>,
    ) -> Result<Value, String> {
        let body = Value::Object(arguments);
        let directive = directive::of_value(body.clone())?;
        directive::granted(&directive, &self.grants.directives, &self.caller.step)
            .map_err(|failure| failure.message)?;
        let given = json!({ "given": directive.word() });
        self.say("directive", &body, |said| said.directives.push(directive))
            .await;
        Ok(given)
    }
}
