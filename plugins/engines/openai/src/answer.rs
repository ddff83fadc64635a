//! An answer as it grows in the stream.

use cm_sdk::engine::{Events, Failure, Trouble, Usage, Wanted, json};
use serde_json::{Value, json};

/// An answer, as far as it was heard.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// Finished items: messages, thoughts, calls.
    items: Vec<Value>,
    /// Items of which pieces were told.
    told: Vec<String>,
    usage: Value,
    /// `response.completed` came.
    pub(crate) complete: bool,
    /// Why it is not complete.
    incomplete: Option<String>,
    pub(crate) trouble: Option<Trouble>,
}

impl Answer {
    pub(crate) fn hear(&mut self, name: &str, data: &Value, events: &mut Events) {
        // Some gateways drop one of the two.
        let kind = match json::text(data, "/type") {
            "" => name,
            kind => kind,
        };
        let delta = json::text(data, "/delta");
        match kind {
            "response.output_text.delta" | "response.refusal.delta" => {
                if self.is_new(data, "text") {
                    events.text_start();
                }
                events.text_piece(delta);
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                if self.is_new(data, "thought") {
                    events.thought_start();
                }
                events.thought_piece(delta);
            }
            "response.output_item.done" => {
                let item = data.get("item").cloned().unwrap_or_default();
                self.tell(&item, data, events);
                self.items.push(item);
            }
            "response.completed" | "response.done" => {
                self.complete = true;
                self.end(data);
            }
            "response.incomplete" => {
                let reason = json::text(data, "/response/incomplete_details/reason");
                self.incomplete = Some(reason.to_owned());
                self.complete = true;
                self.end(data);
            }
            "response.failed" => {
                self.end(data);
                let error = data.pointer("/response/error").unwrap_or(&Value::Null);
                self.trouble = Some(trouble(error));
            }
            "error" => self.trouble = Some(trouble(data.get("error").unwrap_or(data))),
            _ => {}
        }
    }

    /// Whether this is the first piece of a part of an item.
    fn is_new(&mut self, data: &Value, kind: &str) -> bool {
        let part = data.get("summary_index").or(data.get("content_index"));
        let part = part.and_then(Value::as_u64).unwrap_or(0);
        let place = format!("{kind} {} {part}", place(data));
        let new = !self.told.contains(&place);
        if new {
            self.told.push(place);
        }
        new
    }

    /// A whole message of a service that sends no pieces.
    fn tell(&mut self, item: &Value, data: &Value, events: &mut Events) {
        let begin = |kind: &str| format!("{kind} {} ", place(data));
        let told = |kind: &str| self.told.iter().any(|it| it.starts_with(&begin(kind)));
        match json::text(item, "/type") {
            "message" if !told("text") => {
                let text = words(item, "/content");
                if !text.is_empty() {
                    events.text(&text);
                }
            }
            "reasoning" if !told("thought") => {
                let text = words(item, "/summary");
                if !text.is_empty() {
                    events.thought(&text);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, data: &Value) {
        self.usage = data.pointer("/response/usage").cloned().unwrap_or_default();
        if self.items.is_empty() {
            self.items = json::list(data, "/response/output").to_vec();
        }
    }

    /// The last message: what comes before it are words on the way.
    pub(crate) fn text(&self) -> String {
        let mut messages = self.of("message").collect::<Vec<_>>();
        messages
            .pop()
            .map_or_else(String::new, |item| words(item, "/content"))
    }

    pub(crate) fn calls(&self) -> Vec<Wanted> {
        let call = |item: &Value| Wanted {
            id: json::text(item, "/call_id").to_owned(),
            name: json::text(item, "/name").to_owned(),
            arguments: match json::text(item, "/arguments") {
                "" => "{}".to_owned(),
                some => some.to_owned(),
            },
        };
        self.of("function_call").map(call).collect()
    }

    /// As the service wants to hear them again: it keeps nothing, so names that it gave
    /// them mean nothing to it.
    pub(crate) fn items(&self) -> Vec<Value> {
        let mut items = Vec::new();
        for item in &self.items {
            let text = |pointer: &str| json::text(item, pointer).to_owned();
            match json::text(item, "/type") {
                "message" => items.push(json!({
                    "type": "message", "role": "assistant",
                    "content": [{ "type": "output_text", "text": words(item, "/content") }],
                })),
                "function_call" => items.push(json!({
                    "type": "function_call", "call_id": text("/call_id"),
                    "name": text("/name"), "arguments": text("/arguments"),
                })),
                // A thought that is not sealed cannot be given back.
                "reasoning" if !text("/encrypted_content").is_empty() => items.push(json!({
                    "type": "reasoning",
                    "summary": item.get("summary").cloned().unwrap_or(json!([])),
                    "encrypted_content": text("/encrypted_content"),
                })),
                _ => {}
            }
        }
        items
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        let reason = self.incomplete.as_deref()?;
        Some(match reason {
            "content_filter" => {
                Failure::new("refused", "The service stopped the model's answer by its rules.")
            }
            _ => Failure::new(
                "max-tokens",
                "The answer was cut off at the limit of output tokens; ask for less at once, or set the option `max-tokens`.",
            )
            .with_details(reason),
        })
    }

    pub(crate) fn usage(&self) -> Option<Usage> {
        self.usage.is_object().then(|| Usage {
            input: json::count(&self.usage, "/input_tokens"),
            cached: json::count(&self.usage, "/input_tokens_details/cached_tokens"),
            output: json::count(&self.usage, "/output_tokens"),
            reasoning: json::count(&self.usage, "/output_tokens_details/reasoning_tokens"),
            cost_usd: None,
            options: Vec::new(),
        })
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        let items = self.items.iter();
        items.filter(move |item| json::text(item, "/type") == kind)
    }
}

fn place(data: &Value) -> u64 {
    let index = data.get("output_index").and_then(Value::as_u64);
    index.unwrap_or(0)
}

/// The words of a message or of a summary.
fn words(item: &Value, pointer: &str) -> String {
    let parts = json::list(item, pointer).iter();
    let words = parts.map(|part| match json::text(part, "/text") {
        "" => json::text(part, "/refusal"),
        text => text,
    });
    words.collect::<Vec<_>>().concat()
}

fn trouble(error: &Value) -> Trouble {
    let code = match json::text(error, "/code") {
        "" => json::text(error, "/type"),
        code => code,
    };
    let status = match code {
        "rate_limit_exceeded" | "rate_limit_error" => 429,
        "invalid_prompt" | "invalid_request_error" => 400,
        "invalid_api_key" => 401,
        "model_not_found" => 404,
        _ => 500,
    };
    Trouble {
        status: Some(status),
        text: format!("{} · {code}", json::text(error, "/message")),
        until_ms: None,
    }
}
