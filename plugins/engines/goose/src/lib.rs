//! Goose as an engine: `goose run --quiet --output-format stream-json`. Made from its
//! documentation and the form of its events: the program was not there to be tried.

mod command;
mod decode;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Failure, Finding, Health, Info, Probe, Request,
    Trouble, strings,
};
use serde_json::Value;

const INSTALL: &str = "see https://block.github.io/goose";
const SIGN_IN: &str = "run `goose configure`, or set GOOSE_PROVIDER and its key";

/// One turn of Goose.
#[derive(Debug, Default)]
pub struct Goose {
    /// What was wished for and cannot be had.
    unheard: Vec<&'static str>,
    session: String,
    /// The last message, and its name.
    answer: String,
    message: String,
    /// What is said next belongs to that message.
    speaking: bool,
    /// `complete` came.
    complete: bool,
    failed: Option<String>,
}

impl Adapter for Goose {
    const NAME: &'static str = "Goose";

    fn describe() -> Info {
        let mut info = Info::new("goose", Self::NAME, "goose", INSTALL);
        info.features = strings(&["resume", "usage", "mcp", "max-turns"]);
        info.probes
            .push(Probe::new("login", "goose", &["configure"]));
        info.environment = strings(&[
            "GOOSE_*",
            "ANTHROPIC_*",
            "OPENAI_*",
            "GOOGLE_API_KEY",
            "OPENROUTER_API_KEY",
            "DATABRICKS_*",
            "OLLAMA_HOST",
        ]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        Health::from_version(findings, Self::NAME, INSTALL)
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let turn = Self {
            session: command::session(request).to_owned(),
            unheard: command::unheard(request),
            ..Self::default()
        };
        Ok((turn, command::command(request)?))
    }

    fn on_started(&mut self, events: &mut Events) {
        for what in std::mem::take(&mut self.unheard) {
            events.not_honoured(what, "goose has no flag for it");
        }
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let trouble = match &self.failed {
            Some(said) => Some(Trouble::from_text(said)),
            None if self.complete => None,
            None => exit.complaint(),
        };
        let failure = trouble.and_then(|trouble| {
            events.limit_of(&trouble);
            trouble.failure(Self::NAME, SIGN_IN).or_else(|| {
                self.failed.as_ref().map(|said| {
                    Failure::new("api-error", "Goose ended with an error.").with_details(said)
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

cm_sdk::export_engine!(Goose);
