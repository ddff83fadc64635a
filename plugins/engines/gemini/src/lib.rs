//! Gemini CLI as an engine: `gemini -o stream-json`.

mod command;
mod decode;
mod end;
mod policy;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Probe, Request, Trouble,
    strings,
};
use serde_json::Value;

const INSTALL: &str = "npm install -g @google/gemini-cli";
const SIGN_IN: &str = "run `gemini` once and choose how to sign in, or set GEMINI_API_KEY";

/// One turn of Gemini CLI.
#[derive(Debug, Default)]
pub struct Gemini {
    /// How often the program may ask its service again before it is stopped.
    retries: u32,
    /// Whether an effort was wished for, which this program does not take.
    effort: bool,
    /// Whether the prompt is so long that the program may give up on it in silence.
    long: bool,
    /// What the agent said since the last tool.
    answer: String,
    /// A tool was used since the agent last spoke.
    apart: bool,
    /// An `error` line of weight came before the `result`.
    refused: Option<String>,
    /// The error of the `result`.
    trouble: Option<Trouble>,
    /// The `status` of the `result`; empty before it came.
    status: String,
    /// The program was stopped because it asked in vain too often.
    gave_up: Option<Trouble>,
}

impl Adapter for Gemini {
    const NAME: &'static str = "Gemini CLI";

    fn describe() -> Info {
        let mut info = Info::new("gemini", Self::NAME, "gemini", INSTALL);
        info.models = strings(&["gemini-2.5-pro", "gemini-2.5-flash"]);
        info.features = strings(&["resume", "usage", "permissions", "tools", "directories"]);
        // It has no command for it: it asks when it starts and nobody is signed in.
        info.probes.push(Probe::new("login", "gemini", &[]));
        info.tested = strings(&["0.61.0"]);
        info.environment = strings(&["GEMINI_*", "GOOGLE_*"]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        Health::from_version(findings, Self::NAME, INSTALL)
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let turn = Self {
            retries: command::retries(request)?,
            effort: request.effort.is_some(),
            long: request.prompt.len() > command::LONG,
            ..Self::default()
        };
        Ok((turn, command::command(request)?))
    }

    fn on_started(&mut self, events: &mut Events) {
        if self.effort {
            events.not_honoured(
                "effort",
                "Gemini CLI takes a reasoning effort only from its settings.",
            );
        }
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_stderr(&mut self, line: &str, events: &mut Events) {
        self.complain(line, events);
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        self.end(exit, events)
    }
}

cm_sdk::export_engine!(Gemini);
