//! Any model behind a Chat Completions API as an engine, without a program around it.

mod answer;
mod provider;

use cm_sdk::engine::{
    Answered, Error, Events, HostTool, HttpRequest, Info, Performed, Request, Service, briefing,
    strings,
};
use serde_json::{Value, json};

use answer::Answer;
use provider::Provider;

/// One turn.
#[derive(Debug)]
pub struct Chat {
    provider: &'static Provider,
    /// All that stays the same from one question to the next.
    frame: Value,
    /// What stands before the conversation.
    system: String,
    messages: Vec<Value>,
    /// An answer whose calls are being done.
    pending: Option<Value>,
    answer: Answer,
}

impl Service for Chat {
    const NAME: &'static str = "Chat Completions";
    const SIGN_IN: &'static str = "set the key of your service in the environment in which you start `cm`, for example OPENROUTER_API_KEY or CHAT_API_KEY";

    fn describe() -> Info {
        let mut info = Info::service("chat", Self::NAME);
        info.models = strings(&["ollama/qwen3", "openrouter/anthropic/claude-sonnet-4.5"]);
        let variables = provider::ALL.iter();
        let variables = variables.flat_map(|provider| [provider.address, provider.key]);
        info.environment = variables.map(str::to_owned).collect();
        info.features.push("cost".to_owned());
        info
    }

    fn begin(
        request: &Request,
        mut conversation: Vec<Value>,
        _events: &mut Events,
    ) -> Result<Self, Error> {
        let tools = HostTool::of(request)?;
        let (provider, model) = Provider::of(request)?;
        let mut frame = json!({
            "model": model, "stream": true, "stream_options": { "include_usage": true },
        });
        if let Some(effort) = &request.effort {
            match provider.id {
                "openrouter" => frame["reasoning"] = json!({ "effort": effort }),
                _ => frame["reasoning_effort"] = json!(effort),
            }
        }
        if provider.id == "openrouter" {
            // What it cost, in the answer.
            frame["usage"] = json!({ "include": true });
        }
        let tokens = request.option("max-tokens");
        if let Some(tokens) = tokens.and_then(|tokens| tokens.parse::<u32>().ok()) {
            frame["max_tokens"] = json!(tokens);
        }
        let schema = request.schema.as_deref();
        let schema = schema.and_then(|text| serde_json::from_str::<Value>(text).ok());
        // Many services let a model that must answer in a form call no tools any more.
        if let (Some(schema), true) = (&schema, tools.is_empty()) {
            frame["response_format"] = json!({ "type": "json_schema", "json_schema": {
                "name": "answer", "schema": schema, "strict": false,
            } });
        }
        let tool = |tool: &HostTool| {
            let function = json!({
                "name": tool.name, "description": tool.description,
                "parameters": tool.parameters,
            });
            json!({ "type": "function", "function": function })
        };
        if !tools.is_empty() {
            frame["tools"] = tools.iter().map(tool).collect();
        }
        conversation.push(json!({ "role": "user", "content": request.prompt }));
        Ok(Self {
            provider,
            frame,
            system: briefing(request, &tools, true),
            messages: conversation,
            pending: None,
            answer: Answer::default(),
        })
    }

    fn ask(&mut self) -> HttpRequest {
        self.answer = Answer::default();
        let mut body = self.frame.clone();
        let system =
            (!self.system.is_empty()).then(|| json!({ "role": "system", "content": self.system }));
        let messages = system.into_iter().chain(self.messages.iter().cloned());
        body["messages"] = messages.collect();
        self.provider.request(&body)
    }

    fn on_event(&mut self, _name: &str, data: &Value, events: &mut Events) {
        self.answer.hear(data, events);
    }

    fn on_answered(&mut self, events: &mut Events) -> Answered {
        let answer = std::mem::take(&mut self.answer);
        if let Some(usage) = answer.usage() {
            events.usage(usage);
        }
        let calls = answer.calls();
        let complete = !answer.reason.is_empty();
        let failure = answer.failure();
        if complete && failure.is_none() && answer.trouble.is_none() {
            match calls.is_empty() {
                true => self.messages.push(answer.message()),
                false => self.pending = Some(answer.message()),
            }
        }
        Answered {
            complete,
            text: answer.text.clone(),
            reason: answer.reason.clone(),
            calls,
            goes_on: false,
            failure,
            trouble: answer.trouble,
        }
    }

    fn on_performed(&mut self, results: &[Performed]) {
        self.messages.extend(self.pending.take());
        let result = |result: &Performed| {
            let content = match result.ok {
                true => result.output.clone(),
                // The API has no word of its own for it.
                false => format!("[the tool failed]\n{}", result.output),
            };
            json!({
                "role": "tool", "tool_call_id": result.id, "name": result.name,
                "content": content,
            })
        };
        self.messages.extend(results.iter().map(result));
    }

    fn conversation(&self) -> &[Value] {
        &self.messages
    }
}

cm_sdk::export_service!(Chat);
