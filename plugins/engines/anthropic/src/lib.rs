//! Anthropic's models as an engine, without a program around them: the Messages API.

mod message;
mod thinking;

use cm_sdk::engine::{
    Answered, Error, Events, Failure, Finding, Health, HostTool, HttpRequest, Info, Performed,
    Request, Service, Trouble, Wanted, briefing, closed_schema, json, strings,
};
use serde_json::{Value, json};

use message::Message;
use thinking::Thinking;

const BASE: &str = "https://api.anthropic.com";
const BASE_VARIABLE: &str = "ANTHROPIC_BASE_URL";
const KEY_VARIABLE: &str = "ANTHROPIC_API_KEY";
const VERSION: &str = "2023-06-01";
/// When a request names none.
const MODEL: &str = "claude-sonnet-4-6";
/// The API wants to know; the answer of one round is rarely longer.
const MAX_TOKENS: u32 = 16_000;

/// One turn.
#[derive(Debug)]
pub struct Anthropic {
    /// All that stays the same from one question to the next.
    frame: Value,
    messages: Vec<Value>,
    /// An answer whose calls are being done.
    pending: Option<Value>,
    message: Message,
}

impl Service for Anthropic {
    const NAME: &'static str = "Anthropic API";
    const SIGN_IN: &'static str =
        "set ANTHROPIC_API_KEY in the environment in which you start `cm`";

    fn describe() -> Info {
        let mut info = Info::service("anthropic", Self::NAME);
        info.models = strings(&["claude-opus-4-7", "claude-sonnet-4-6", "claude-haiku-4-5"]);
        info.environment = strings(&[KEY_VARIABLE, BASE_VARIABLE]);
        info.tested = strings(&[VERSION]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        Health::from_key(findings, KEY_VARIABLE, Self::SIGN_IN)
    }

    fn begin(
        request: &Request,
        mut conversation: Vec<Value>,
        events: &mut Events,
    ) -> Result<Self, Error> {
        let tools = HostTool::of(request)?;
        let model = request.model.as_deref().unwrap_or(MODEL);
        let schema = closed_schema(request);
        let mut max_tokens = request
            .option("max-tokens")
            .and_then(|tokens| tokens.parse().ok())
            .unwrap_or(MAX_TOKENS);
        let mut frame = json!({ "model": model, "stream": true });
        let mut output = serde_json::Map::new();
        match Thinking::of(model, request.effort.as_deref()) {
            Thinking::Usual => {}
            Thinking::Effort(effort) => {
                frame["thinking"] = json!({ "type": "adaptive", "display": "summarized" });
                output.insert("effort".to_owned(), json!(effort));
            }
            Thinking::Budget(tokens) => {
                frame["thinking"] = json!({ "type": "enabled", "budget_tokens": tokens });
                max_tokens = max_tokens.saturating_add(tokens);
            }
            Thinking::Cannot(why) => events.not_honoured("effort", &why),
        }
        if let Some(schema) = &schema {
            let format = json!({ "type": "json_schema", "schema": schema });
            output.insert("format".to_owned(), format);
        }
        if !output.is_empty() {
            frame["output_config"] = Value::Object(output);
        }
        frame["max_tokens"] = json!(max_tokens);
        let system = briefing(request, &tools, schema.is_none());
        if !system.is_empty() {
            frame["system"] = json!([cached(json!({ "type": "text", "text": system }))]);
        }
        let tool = |tool: &HostTool| {
            json!({
                "name": tool.name, "description": tool.description,
                "input_schema": tool.parameters,
            })
        };
        if !tools.is_empty() {
            frame["tools"] = tools.iter().map(tool).collect();
        }
        conversation.push(json!({
            "role": "user", "content": [{ "type": "text", "text": request.prompt }],
        }));
        Ok(Self {
            frame,
            messages: conversation,
            pending: None,
            message: Message::default(),
        })
    }

    fn ask(&mut self) -> HttpRequest {
        self.message = Message::default();
        let mut body = self.frame.clone();
        let mut messages = self.messages.clone();
        // What was said until here need not be read again with the next question.
        let last = messages.last_mut().and_then(|last| last.get_mut("content"));
        if let Some(block) = last.and_then(|content| content.as_array_mut()?.last_mut()) {
            *block = cached(block.take());
        }
        body["messages"] = Value::Array(messages);
        HttpRequest::post(BASE_VARIABLE, BASE, "/v1/messages", &body)
            .header("anthropic-version", VERSION)
            .secret("x-api-key", "", &[KEY_VARIABLE])
    }

    fn on_event(&mut self, _name: &str, data: &Value, events: &mut Events) {
        self.message.hear(data, events);
    }

    fn on_answered(&mut self, events: &mut Events) -> Answered {
        let message = std::mem::take(&mut self.message);
        if let Some(usage) = message.usage() {
            events.usage(usage);
        }
        if let Some(trouble) = message.trouble {
            return Answered {
                trouble: Some(trouble),
                ..Answered::default()
            };
        }
        if !message.complete {
            return Answered::default();
        }
        let text = message.text();
        let calls = message.calls();
        let reason = message.reason.clone();
        let said = json!({ "role": "assistant", "content": message.content() });
        let failure = failure(&reason);
        match (&failure, calls.is_empty()) {
            (Some(_), _) => {}
            (None, false) => self.pending = Some(said),
            // The API takes no message without content.
            (None, true) if json::list(&said, "/content").is_empty() => {}
            (None, true) => self.messages.push(said),
        }
        Answered {
            complete: true,
            text,
            goes_on: reason == "pause_turn",
            reason,
            calls,
            failure,
            trouble: None,
        }
    }

    fn on_performed(&mut self, results: &[Performed]) {
        let result = |result: &Performed| {
            json!({
                "type": "tool_result", "tool_use_id": result.id,
                "content": result.output, "is_error": !result.ok,
            })
        };
        self.messages.extend(self.pending.take());
        let results: Vec<Value> = results.iter().map(result).collect();
        self.messages
            .push(json!({ "role": "user", "content": results }));
    }

    fn conversation(&self) -> &[Value] {
        &self.messages
    }
}

/// Why an answer that is complete is none.
fn failure(reason: &str) -> Option<Failure> {
    let (code, message) = match reason {
        "max_tokens" => (
            "max-tokens",
            "The answer was cut off at the limit of output tokens; ask for less at once, or set the option `max-tokens`.",
        ),
        "model_context_window_exceeded" => (
            "prompt-too-long",
            "The conversation is longer than the model takes; begin a new one, or use a model with more room.",
        ),
        "refusal" => ("refused", "The model refuses to go on with this request."),
        _ => return None,
    };
    Some(Failure::new(code, message))
}

/// A block up to which the service keeps what it has read.
fn cached(mut block: Value) -> Value {
    block["cache_control"] = json!({ "type": "ephemeral" });
    block
}

/// An error in a stream.
fn trouble(error: &Value) -> Trouble {
    let kind = json::text(error, "/type");
    let status = match kind {
        "overloaded_error" => 529,
        "rate_limit_error" => 429,
        "authentication_error" => 401,
        "invalid_request_error" => 400,
        _ => 500,
    };
    Trouble {
        status: Some(status),
        text: format!("{} · {kind}", json::text(error, "/message")),
        until_ms: None,
    }
}

/// A call in a message.
fn wanted(block: &Value, arguments: &str) -> Wanted {
    Wanted {
        id: json::text(block, "/id").to_owned(),
        name: json::text(block, "/name").to_owned(),
        arguments: arguments.to_owned(),
    }
}

cm_sdk::export_service!(Anthropic);
