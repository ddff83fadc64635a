//! OpenAI's models as an engine, without a program around them: the Responses API.

mod answer;

use cm_sdk::engine::{
    Answered, Error, Events, Finding, Health, HostTool, HttpRequest, Info, Performed, Request,
    Service, briefing, closed_schema, strings,
};
use serde_json::{Value, json};

use answer::Answer;

const BASE: &str = "https://api.openai.com/v1";
const BASE_VARIABLE: &str = "OPENAI_BASE_URL";
const KEY_VARIABLE: &str = "OPENAI_API_KEY";
/// When a request names none.
const MODEL: &str = "gpt-5.5";

/// One turn.
#[derive(Debug)]
pub struct OpenAi {
    /// All that stays the same from one question to the next.
    frame: Value,
    /// The conversation: nothing of it is kept by the service.
    input: Vec<Value>,
    /// Items of an answer whose calls are being done.
    pending: Vec<Value>,
    answer: Answer,
}

impl Service for OpenAi {
    const NAME: &'static str = "OpenAI API";
    const SIGN_IN: &'static str = "set OPENAI_API_KEY in the environment in which you start `cm`";

    fn describe() -> Info {
        let mut info = Info::service("openai", Self::NAME);
        info.models = strings(&["gpt-5.5"]);
        info.environment = strings(&[KEY_VARIABLE, BASE_VARIABLE]);
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
        let mut frame = json!({ "model": model, "stream": true, "store": false });
        match (reasons(model), &request.effort) {
            (true, effort) => {
                // The only form in which thoughts can be given back.
                frame["include"] = json!(["reasoning.encrypted_content"]);
                if let Some(effort) = effort {
                    frame["reasoning"] = json!({ "effort": effort, "summary": "auto" });
                }
            }
            (false, Some(_)) => {
                let why = format!("`{model}` does not think before it answers");
                events.not_honoured("effort", &why);
            }
            (false, None) => {}
        }
        let schema = closed_schema(request);
        if let Some(schema) = &schema {
            // Not strict: the host checks the answer, and strictness forbids much.
            frame["text"] = json!({ "format": {
                "type": "json_schema", "name": "answer", "schema": schema, "strict": false,
            } });
        }
        let tokens = request.option("max-tokens");
        if let Some(tokens) = tokens.and_then(|tokens| tokens.parse::<u32>().ok()) {
            frame["max_output_tokens"] = json!(tokens);
        }
        let system = briefing(request, &tools, schema.is_none());
        if !system.is_empty() {
            frame["instructions"] = json!(system);
        }
        let tool = |tool: &HostTool| {
            json!({
                "type": "function", "name": tool.name, "description": tool.description,
                "parameters": tool.parameters, "strict": false,
            })
        };
        if !tools.is_empty() {
            frame["tools"] = tools.iter().map(tool).collect();
        }
        conversation.push(json!({
            "type": "message", "role": "user",
            "content": [{ "type": "input_text", "text": request.prompt }],
        }));
        Ok(Self {
            frame,
            input: conversation,
            pending: Vec::new(),
            answer: Answer::default(),
        })
    }

    fn ask(&mut self) -> HttpRequest {
        self.answer = Answer::default();
        let mut body = self.frame.clone();
        body["input"] = Value::Array(self.input.clone());
        HttpRequest::post(BASE_VARIABLE, BASE, "/responses", &body).secret(
            "authorization",
            "Bearer ",
            &[KEY_VARIABLE],
        )
    }

    fn on_event(&mut self, name: &str, data: &Value, events: &mut Events) {
        self.answer.hear(name, data, events);
    }

    fn on_answered(&mut self, events: &mut Events) -> Answered {
        let answer = std::mem::take(&mut self.answer);
        if let Some(usage) = answer.usage() {
            events.usage(usage);
        }
        let calls = answer.calls();
        let answered = Answered {
            complete: answer.complete,
            text: answer.text(),
            reason: "completed".to_owned(),
            calls,
            goes_on: false,
            failure: answer.failure(),
            trouble: answer.trouble.clone(),
        };
        let fine = answered.failure.is_none() && answered.trouble.is_none();
        if fine && answered.complete {
            let items = answer.items();
            match answered.calls.is_empty() {
                true => self.input.extend(items),
                false => self.pending = items,
            }
        }
        answered
    }

    fn on_performed(&mut self, results: &[Performed]) {
        self.input.append(&mut self.pending);
        let result = |result: &Performed| {
            let output = match result.ok {
                true => result.output.clone(),
                // The API has no word of its own for it.
                false => format!("[the tool failed]\n{}", result.output),
            };
            json!({ "type": "function_call_output", "call_id": result.id, "output": output })
        };
        self.input.extend(results.iter().map(result));
    }

    fn conversation(&self) -> &[Value] {
        &self.input
    }
}

/// Whether a model thinks before it answers; others refuse to be asked about it.
fn reasons(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let o_series = name
        .strip_prefix('o')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let gpt = name.strip_prefix("gpt-").and_then(|rest| {
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        number.parse::<u32>().ok()
    });
    let talks = name.contains("chat") || name.contains("4o");
    (o_series || gpt.is_some_and(|generation| generation >= 5) || name.contains("codex")) && !talks
}

cm_sdk::export_service!(OpenAi);

#[cfg(test)]
mod tests {
    use super::reasons;

    #[test]
    fn models_that_think_are_known_by_their_names() {
        for name in [
            "gpt-5.5",
            "gpt-5",
            "gpt-5.1-codex",
            "o3",
            "o4-mini",
            "openai/gpt-6",
        ] {
            assert!(reasons(name), "{name}");
        }
        for name in [
            "gpt-4o",
            "gpt-4.1",
            "gpt-5-chat-latest",
            "chatgpt-4o-latest",
            "llama-3",
            "o",
        ] {
            assert!(!reasons(name), "{name}");
        }
    }
}
