//! An answer as it grows in the stream.

use cm_sdk::engine::{Events, Failure, Trouble, Usage, Wanted, json};
use serde_json::{Value, json};

/// An answer, as far as it was heard.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) text: String,
    calls: Vec<Call>,
    /// Thoughts that the service wants to have back as they are.
    sealed: Vec<Value>,
    thinks: bool,
    usage: Value,
    /// Why it ended; empty until it has.
    pub(crate) reason: String,
    pub(crate) trouble: Option<Trouble>,
}

/// A call, as far as it was heard.
#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    /// What the service wants to have back with it.
    extra: Option<Value>,
}

impl Answer {
    pub(crate) fn hear(&mut self, data: &Value, events: &mut Events) {
        if let Some(error) = data.get("error").filter(|error| !error.is_null()) {
            self.trouble = Some(trouble(error));
            return;
        }
        // Some services count along; the last count is the whole.
        if data.get("usage").is_some_and(Value::is_object) {
            self.usage = data.get("usage").cloned().unwrap_or_default();
        }
        let Some(choice) = json::list(data, "/choices").first() else {
            return;
        };
        if let Some(delta) = choice.get("delta").or(choice.get("message")) {
            self.grow(delta, events);
        }
        let reason = json::text(choice, "/finish_reason");
        if !reason.is_empty() {
            reason.clone_into(&mut self.reason);
        }
    }

    fn grow(&mut self, delta: &Value, events: &mut Events) {
        let thought = match json::text(delta, "/reasoning_content") {
            "" => json::text(delta, "/reasoning"),
            thought => thought,
        };
        if !thought.is_empty() {
            if !std::mem::replace(&mut self.thinks, true) {
                events.thought_start();
            }
            events.thought_piece(thought);
        }
        self.sealed
            .extend_from_slice(json::list(delta, "/reasoning_details"));
        let content = delta.get("content").unwrap_or(&Value::Null);
        let text = json::content(content);
        let text = match text.as_str() {
            "" => json::text(delta, "/refusal"),
            text => text,
        };
        if !text.is_empty() {
            if self.text.is_empty() {
                events.text_start();
            }
            self.text.push_str(text);
            events.text_piece(text);
        }
        for call in json::list(delta, "/tool_calls") {
            self.call(call);
        }
    }

    fn call(&mut self, piece: &Value) {
        let index = piece.get("index").and_then(Value::as_u64);
        let id = json::text(piece, "/id");
        let at = match index {
            Some(_) => self.calls.iter().position(|call| call.index == index),
            // Without a number, a new name or id is a new call.
            None if id.is_empty() && json::text(piece, "/function/name").is_empty() => {
                self.calls.len().checked_sub(1)
            }
            None => None,
        };
        let at = at.unwrap_or_else(|| {
            self.calls.push(Call {
                index,
                ..Call::default()
            });
            self.calls.len() - 1
        });
        let Some(call) = self.calls.get_mut(at) else {
            return;
        };
        // Some services repeat them with each piece.
        if call.id.is_empty() {
            id.clone_into(&mut call.id);
        }
        if call.name.is_empty() {
            json::text(piece, "/function/name").clone_into(&mut call.name);
        }
        match piece.pointer("/function/arguments") {
            Some(Value::String(more)) => call.arguments.push_str(more),
            Some(whole @ Value::Object(_)) => call.arguments = whole.to_string(),
            _ => {}
        }
        if let Some(extra) = piece.get("extra_content") {
            call.extra = Some(extra.clone());
        }
    }

    pub(crate) fn calls(&self) -> Vec<Wanted> {
        let calls = self.calls.iter();
        let wanted = calls.map(|call| Wanted {
            id: call.id.clone(),
            name: call.name.clone(),
            arguments: call.arguments().to_owned(),
        });
        wanted.collect()
    }

    /// As the API wants to hear it again.
    pub(crate) fn message(&self) -> Value {
        let mut message = json!({ "role": "assistant", "content": self.text });
        let call = |call: &Call| {
            let function = json!({ "name": call.name, "arguments": call.arguments() });
            let mut whole = json!({ "id": call.id, "type": "function", "function": function });
            if let Some(extra) = &call.extra {
                whole["extra_content"] = extra.clone();
            }
            whole
        };
        if !self.calls.is_empty() {
            message["tool_calls"] = self.calls.iter().map(call).collect();
        }
        if !self.sealed.is_empty() {
            message["reasoning_details"] = json!(self.sealed);
        }
        message
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        let (code, message) = match self.reason.as_str() {
            "length" => (
                "max-tokens",
                "The answer was cut off at the limit of output tokens; ask for less at once, or set the option `max-tokens`.",
            ),
            "content_filter" => (
                "refused",
                "The service stopped the model's answer by its rules.",
            ),
            _ => return None,
        };
        Some(Failure::new(code, message))
    }

    pub(crate) fn usage(&self) -> Option<Usage> {
        let cached = match json::count(&self.usage, "/prompt_tokens_details/cached_tokens") {
            0 => json::count(&self.usage, "/prompt_cache_hit_tokens"),
            cached => cached,
        };
        self.usage.is_object().then(|| Usage {
            input: json::count(&self.usage, "/prompt_tokens"),
            cached,
            output: json::count(&self.usage, "/completion_tokens"),
            reasoning: json::count(&self.usage, "/completion_tokens_details/reasoning_tokens"),
            cost_usd: json::money(&self.usage, "/cost"),
            options: Vec::new(),
        })
    }
}

impl Call {
    fn arguments(&self) -> &str {
        match self.arguments.trim() {
            "" => "{}",
            _ => &self.arguments,
        }
    }
}

fn trouble(error: &Value) -> Trouble {
    let code = error.get("code").and_then(Value::as_u64);
    let status = code.and_then(|code| u16::try_from(code).ok());
    let kind = match json::text(error, "/code") {
        "" => json::text(error, "/type"),
        code => code,
    };
    let words = match error {
        Value::String(words) => words,
        _ => json::text(error, "/message"),
    };
    let text = match kind {
        "" => words.to_owned(),
        kind => format!("{words} · {kind}"),
    };
    Trouble {
        status: status.filter(|status| *status >= 400).or(Some(500)),
        text,
        until_ms: None,
    }
}
