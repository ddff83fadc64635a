//! What the shell program prints, line by line.

use cm_sdk::engine::{Events, Failure, RateLimit, Usage, json};
use serde_json::{Value, json};

use crate::Scripted;

impl Scripted {
    pub(crate) fn decode(&mut self, line: &Value, events: &mut Events) {
        match json::text(line, "/type") {
            "session" => events.session(json::text(line, "/id")),
            "text" => events.text(json::text(line, "/text")),
            "thought" => events.thought(json::text(line, "/text")),
            "call" => {
                self.output.clear();
                events.call(
                    json::text(line, "/id"),
                    json::text(line, "/name"),
                    line.get("arguments").unwrap_or(&Value::Null),
                );
            }
            "ask" => events.ask_for(
                json::text(line, "/id"),
                json::text(line, "/name"),
                line.get("arguments").unwrap_or(&Value::Null),
                line.get("pattern").and_then(Value::as_str),
            ),
            "outcome" => self.outcome(line, events),
            "usage" => events.usage(Usage {
                input: json::count(line, "/input"),
                cached: json::count(line, "/cached"),
                output: json::count(line, "/output"),
                reasoning: json::count(line, "/reasoning"),
                cost_usd: json::money(line, "/cost-usd"),
                options: Vec::new(),
            }),
            "retry" => events.retry(json::text(line, "/message"), json!({})),
            "limit" => events.limit(limit(line)),
            "end" => {
                self.end(line);
                if line.get("lingers") == Some(&Value::Bool(true)) {
                    events.done();
                }
            }
            // A line that a script prints as it is, and that happens to be JSON.
            _ => events.notice(&line.to_string()),
        }
    }

    fn outcome(&mut self, line: &Value, events: &mut Events) {
        let printed = std::mem::take(&mut self.output);
        let output = match json::text(line, "/output") {
            "" => printed,
            output => output.to_owned(),
        };
        if line.get("denied") == Some(&Value::Bool(true)) {
            events.denied();
        }
        let ok = line.get("code").and_then(Value::as_i64) == Some(0);
        events.outcome(json::text(line, "/id"), ok, output);
    }

    fn end(&mut self, line: &Value) {
        match line.get("failure") {
            None => {
                self.answer = json::text(line, "/answer").to_owned();
                self.complete = true;
            }
            Some(failure) => {
                self.failure = Some(Failure {
                    retry: failure.get("retry") == Some(&Value::Bool(true)),
                    retry_after_ms: after(failure),
                    ..Failure::new(
                        json::text(failure, "/code"),
                        json::text(failure, "/message"),
                    )
                });
            }
        }
    }
}

fn limit(line: &Value) -> RateLimit {
    RateLimit {
        until_ms: line.get("until-ms").and_then(Value::as_f64),
        scope: json::text(line, "/scope").to_owned(),
        message: json::text(line, "/message").to_owned(),
        options: after(line)
            .map(|after| ("retry-after-ms".to_owned(), after.to_string()))
            .into_iter()
            .collect(),
    }
}

fn after(value: &Value) -> Option<u32> {
    let after = value.get("retry-after-ms")?.as_u64()?;
    Some(u32::try_from(after).unwrap_or(u32::MAX))
}
