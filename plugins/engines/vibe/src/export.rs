//! The file that Mistral Vibe writes when it leaves, and the end of its turn.

use cm_sdk::engine::{Adapter, Ending, Events, Exit, Failure, Trouble, Usage, json};
use serde_json::Value;

use crate::{SIGN_IN, Vibe};

/// Its name.
pub(crate) const FILE: &str = "export.json";

/// How the program says that it ended.
#[derive(Debug, Default)]
pub(crate) struct Export {
    outcome: String,
    message: String,
    code: String,
    /// The model it was set to; empty when it chose one itself.
    model: String,
    /// The models that it knows.
    models: Vec<String>,
}

impl Export {
    /// Reads the file, and tells what was used.
    pub(crate) fn read(content: &[u8], events: &mut Events) -> Option<Self> {
        let file: Value = serde_json::from_slice(content).ok()?;
        let usage = Usage {
            input: json::count(&file, "/usage/input_tokens"),
            cached: json::count(&file, "/usage/cached_input_tokens"),
            output: json::count(&file, "/usage/output_tokens"),
            reasoning: 0,
            cost_usd: json::money(&file, "/cost_usd"),
            options: Vec::new(),
        };
        if usage.input > 0 || usage.output > 0 {
            events.usage(usage);
        }
        Some(Self {
            outcome: json::text(&file, "/outcome").to_owned(),
            message: json::text(&file, "/error/message").to_owned(),
            code: json::text(&file, "/error/code").to_owned(),
            model: json::text(&file, "/config/active_model").to_owned(),
            models: file
                .pointer("/config/models")
                .and_then(Value::as_object)
                .map(|models| models.keys().cloned().collect())
                .unwrap_or_default(),
        })
    }

    /// In the place of a model that it does not know the program takes another one, and
    /// says so in its log alone.
    fn misses(&self, wanted: &str) -> bool {
        let known = self.models.iter().any(|model| model == wanted);
        self.model.is_empty() && !self.models.is_empty() && !known
    }

    fn trouble(&self) -> Trouble {
        Trouble {
            status: match self.code.as_str() {
                "invalid_api_key" => Some(401),
                "rate_limit" => Some(429),
                // A key that is not there at all.
                "" if self.outcome == "config_error" && self.message.starts_with("Missing ") => {
                    Some(401)
                }
                _ => status(&self.message),
            },
            text: self.message.clone(),
            until_ms: None,
        }
    }
}

impl Vibe {
    pub(crate) fn end(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let export = self.export.take().unwrap_or_default();
        let missed = self.model.take().filter(|model| export.misses(model));
        let complete = export.outcome == "finished" && missed.is_none();
        let failure = match missed {
            Some(model) => Some(no_model(&model, &export.models)),
            None if complete => None,
            None => failure(&export, exit, events),
        };
        Ending {
            complete,
            text: if complete {
                std::mem::take(&mut self.answer)
            } else {
                String::new()
            },
            reason: export.outcome,
            failure,
            options: Vec::new(),
        }
    }
}

fn no_model(wanted: &str, known: &[String]) -> Failure {
    Failure::new(
        "bad-model",
        format!(
            "Mistral Vibe knows no model `{wanted}` and took another one, so what it did does not count; it knows {}. Name one of these, or add `{wanted}` to `[[models]]` in ~/.vibe/config.toml.",
            known.join(", ")
        ),
    )
}

fn failure(export: &Export, exit: &Exit<'_>, events: &mut Events) -> Option<Failure> {
    match export.outcome.as_str() {
        "turn_limit" => {
            return Some(Failure::new(
                "max-turns",
                "The agent used all the turns it was given.",
            ));
        }
        "price_limit" | "token_limit" => {
            return Some(Failure::new(
                "max-budget",
                "The agent used all the money or tokens it was given.",
            ));
        }
        "length" => {
            return Some(Failure::new(
                "max-tokens",
                "The answer was cut off at the model's limit of output tokens; ask for less at once.",
            ));
        }
        "refusal" => {
            return Some(Failure::new("refused", "The model refused to answer."));
        }
        "terminated" | "deadline" | "aborted" => {
            return Some(
                Failure::new(
                    "interrupted",
                    "Mistral Vibe was interrupted before it had finished.",
                )
                .retryable(),
            );
        }
        _ => {}
    }
    let said = (!export.message.is_empty()).then(|| export.trouble());
    let trouble = said.clone().or_else(|| exit.complaint())?;
    events.limit_of(&trouble);
    trouble.failure(Vibe::NAME, SIGN_IN).or_else(|| {
        said.map(|said| {
            Failure::new("api-error", "Mistral Vibe ended with an error.").with_details(&said.text)
        })
    })
}

/// `Client error '404 Not Found' for url …`
fn status(text: &str) -> Option<u16> {
    let (_, after) = text.split_once(" error '")?;
    after.get(..3)?.parse().ok()
}
