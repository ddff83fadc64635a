//! aider as an engine: `aider --message-file`. It prints text for people, so what it did
//! is read from that; and it ends with exit code 0 whatever happened.

mod command;
mod decode;
mod tokens;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Failure, Finding, Health, Info, Request,
    Trouble, strings,
};
use serde_json::Value;

use decode::Part;

const INSTALL: &str = "uv tool install aider-chat";
const SIGN_IN: &str = "set the key of your provider, such as ANTHROPIC_API_KEY or OPENAI_API_KEY";

/// One turn of aider.
#[derive(Debug, Default)]
pub struct Aider {
    /// What was wished for and cannot be had.
    unheard: Vec<&'static str>,
    part: Part,
    /// The last answer of the model.
    answer: String,
    /// Blank lines of the answer that were not told yet.
    blank: usize,
    /// What went wrong, as it was printed, unless an answer came after it.
    trouble: Option<String>,
    /// A model has answered, and nothing went wrong since.
    complete: bool,
    edits: u32,
}

impl Adapter for Aider {
    const NAME: &'static str = "aider";

    fn describe() -> Info {
        let mut info = Info::new("aider", Self::NAME, "aider", INSTALL);
        info.models = strings(&["sonnet", "gpt-5", "gemini"]);
        info.features = strings(&["usage", "cost", "effort", "permissions"]);
        info.tested = strings(&["0.86.2"]);
        info.environment = strings(&[
            "AIDER_*",
            "OPENAI_API_KEY",
            "OPENAI_API_BASE",
            "ANTHROPIC_API_KEY",
            "GEMINI_API_KEY",
            "OPENROUTER_API_KEY",
            "DEEPSEEK_API_KEY",
            "MISTRAL_API_KEY",
            "GROQ_API_KEY",
            "XAI_API_KEY",
            "OLLAMA_API_BASE",
        ]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        Health::from_version(findings, Self::NAME, INSTALL)
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let turn = Self {
            unheard: command::unheard(request),
            ..Self::default()
        };
        Ok((turn, command::command(request)?))
    }

    fn on_started(&mut self, events: &mut Events) {
        for what in std::mem::take(&mut self.unheard) {
            events.not_honoured(what, "aider has no flag for it");
        }
    }

    fn on_raw(&mut self, line: &str, events: &mut Events) -> bool {
        self.decode(line, events);
        true
    }

    fn on_line(&mut self, _line: &Value, _events: &mut Events) {}

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let trouble = match &self.trouble {
            Some(said) => Some(Trouble::from_text(said)),
            None if self.complete => None,
            None => exit.complaint(),
        };
        let failure = trouble.and_then(|trouble| {
            events.limit_of(&trouble);
            trouble.failure(Self::NAME, SIGN_IN).or_else(|| {
                self.trouble.as_ref().map(|said| {
                    Failure::new("api-error", "aider ended with an error.").with_details(said)
                })
            })
        });
        let complete = self.complete && failure.is_none();
        Ending {
            complete,
            text: if complete {
                self.answer.trim().to_owned()
            } else {
                String::new()
            },
            failure,
            ..Ending::default()
        }
    }
}

cm_sdk::export_engine!(Aider);
