//! What Gemini CLI prints, line by line.

use cm_sdk::engine::{Events, Trouble, Usage, json};
use serde_json::{Value, json};

use crate::Gemini;

impl Gemini {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        match json::text(line, "/type") {
            "init" => events.session(json::text(line, "/session_id")),
            "message" if json::text(line, "/role") == "assistant" => {
                if std::mem::take(&mut self.apart) {
                    self.answer.clear();
                    events.text_start();
                }
                let piece = json::text(line, "/content");
                self.answer.push_str(piece);
                events.text_piece(piece);
            }
            "tool_use" => {
                self.apart = true;
                events.call(
                    json::text(line, "/tool_id"),
                    json::text(line, "/tool_name"),
                    line.get("parameters").unwrap_or(&Value::Null),
                );
            }
            "tool_result" => self.answered(line, events),
            "error" => self.warned(line, events),
            "result" => self.result(line, events),
            _ => {}
        }
    }

    fn answered(&mut self, line: &Value, events: &mut Events) {
        self.apart = true;
        let kind = json::text(line, "/error/type");
        // A tool that is not allowed is not there for the model.
        let outside = json::text(line, "/error/message").starts_with("Path not in workspace");
        if outside || matches!(kind, "tool_not_registered" | "policy_violation") {
            events.denied();
        }
        let output = match json::text(line, "/output") {
            "" => json::text(line, "/error/message"),
            output => output,
        };
        events.outcome(
            json::text(line, "/tool_id"),
            json::text(line, "/status") == "success",
            output,
        );
    }

    fn warned(&mut self, line: &Value, events: &mut Events) {
        let message = json::text(line, "/message");
        if json::text(line, "/severity") == "error" || message.starts_with("Loop detected") {
            self.refused = Some(message.to_owned());
        } else {
            events.notice(message);
        }
    }

    fn result(&mut self, line: &Value, events: &mut Events) {
        let stats = line.get("stats").unwrap_or(&Value::Null);
        let usage = usage(stats);
        if usage.input > 0 || usage.output > 0 {
            events.usage(usage);
        }
        self.status = json::text(line, "/status").to_owned();
        if let Some(error) = line.get("error") {
            let text = json::text(error, "/message");
            self.trouble = Some(Trouble {
                status: status(text),
                text: plain(text),
                until_ms: None,
            });
        }
    }

    /// The program asks again by itself, and says so on standard error only.
    pub(crate) fn complain(&mut self, line: &str, events: &mut Events) {
        let Some(said) = line.strip_prefix("Attempt ") else {
            return;
        };
        let Some((attempt, said)) = said.split_once(" failed") else {
            return;
        };
        let Ok(attempt) = attempt.parse::<u32>() else {
            return;
        };
        if attempt <= self.retries {
            events.retry(line, json!({ "attempt": attempt, "of": self.retries }));
        } else if self.gave_up.is_none() {
            let status = said
                .strip_prefix(" with status ")
                .and_then(|said| said.get(..3)?.parse().ok());
            self.gave_up = Some(Trouble {
                status,
                text: plain(line),
                until_ms: None,
            });
            events.done();
        }
    }
}

/// The tokens of the turn, side calls to other models included.
fn usage(stats: &Value) -> Usage {
    let input = json::count(stats, "/input_tokens");
    let written = json::count(stats, "/output_tokens");
    // What it thought is in the sum alone.
    let reasoning = json::count(stats, "/total_tokens")
        .saturating_sub(input)
        .saturating_sub(written);
    Usage {
        input,
        cached: json::count(stats, "/cached"),
        output: written.saturating_add(reasoning),
        reasoning,
        cost_usd: None,
        options: Vec::new(),
    }
}

/// The HTTP status in the service's error, which is JSON within words.
fn status(text: &str) -> Option<u16> {
    let (_, after) = text.split_once("\"code\":")?;
    after.trim_start().get(..3)?.parse().ok()
}

/// The service names billing whenever a quota is reached, though money is not what is
/// missing.
fn plain(text: &str) -> String {
    text.replace(
        "exceeded your current quota, please check your plan and billing details",
        "exceeded your current quota (quota exceeded)",
    )
}
