//! What opencode prints, line by line.

use cm_sdk::engine::{Events, Trouble, Usage, json};
use serde_json::Value;

use crate::Opencode;

impl Opencode {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        let kind = json::text(line, "/type");
        if matches!(
            kind,
            "step_start" | "step_finish" | "text" | "reasoning" | "tool_use" | "error"
        ) {
            events.session(json::text(line, "/sessionID"));
        }
        match kind {
            "step_start" => {
                self.answer.clear();
                self.reason.clear();
                self.denied = false;
            }
            "text" => {
                let text = json::text(line, "/part/text");
                if !self.answer.is_empty() {
                    self.answer.push_str("\n\n");
                }
                self.answer.push_str(text);
                events.text(text);
            }
            "reasoning" => events.thought(json::text(line, "/part/text")),
            "tool_use" => self.tool(line, events),
            "step_finish" => {
                self.reason = json::text(line, "/part/reason").to_owned();
                events.usage(usage(line));
            }
            "error" => self.trouble = Some(trouble(line)),
            _ => {}
        }
    }

    /// A tool is told once, when it is done.
    fn tool(&mut self, line: &Value, events: &mut Events) {
        let part = line.get("part").unwrap_or(&Value::Null);
        let id = json::text(part, "/callID");
        let name = json::text(part, "/tool");
        let input = part.pointer("/state/input").unwrap_or(&Value::Null);
        events.call(id, name, input);
        let error = json::text(part, "/state/error");
        if error.contains("rejected permission")
            || error.contains("specified a rule which prevents")
        {
            self.denied = true;
            events.denied();
        }
        // A tool that does not exist is answered by one that is called `invalid`,
        // and counts as completed there.
        let ok = json::text(part, "/state/status") == "completed" && name != "invalid";
        let output = match (error, part.pointer("/state/output")) {
            ("", Some(output)) => json::content(output),
            (error, _) => error.to_owned(),
        };
        events.outcome(id, ok, output);
    }
}

/// The tokens and the money of one step.
fn usage(line: &Value) -> Usage {
    let tokens = line.pointer("/part/tokens").unwrap_or(&Value::Null);
    let cached = json::count(tokens, "/cache/read");
    let reasoning = json::count(tokens, "/reasoning");
    Usage {
        input: json::count(tokens, "/input")
            .saturating_add(cached)
            .saturating_add(json::count(tokens, "/cache/write")),
        cached,
        // Counted apart there, and a part of the output here.
        output: json::count(tokens, "/output").saturating_add(reasoning),
        reasoning,
        cost_usd: json::money(line, "/part/cost"),
        options: Vec::new(),
    }
}

fn trouble(line: &Value) -> Trouble {
    let said = match json::text(line, "/error/data/message") {
        "" => json::text(line, "/error/name"),
        message => message,
    };
    let wait = json::text(line, "/error/data/responseHeaders/retry-after");
    let text = if wait.parse::<u32>().is_ok() {
        format!("{said} (retry after {wait}s)")
    } else {
        said.to_owned()
    };
    Trouble {
        status: line
            .pointer("/error/data/statusCode")
            .and_then(Value::as_u64)
            .and_then(|status| u16::try_from(status).ok()),
        text,
        until_ms: None,
    }
}
