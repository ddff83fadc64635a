//! GitHub Copilot CLI as an engine: `copilot --output-format json`.
//!
//! The program writes `******` in the place of every key it knows, wherever the letters
//! of the key occur: a key that is a part of a model's name makes the name unreadable.

mod command;
mod decode;
mod end;
mod total;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Probe, Request, Trouble,
    strings,
};
use serde_json::Value;

use total::Total;

const INSTALL: &str = "npm install -g @github/copilot";
const SIGN_IN: &str = "run `copilot login`, set COPILOT_GITHUB_TOKEN, or name a provider of your own with COPILOT_PROVIDER_BASE_URL and COPILOT_PROVIDER_API_KEY";

/// One turn of Copilot CLI.
#[derive(Debug, Default)]
pub struct Copilot {
    /// The conversation's name, which was given to the program.
    session: String,
    /// What the session had used before this turn; none when that is not known.
    before: Option<Total>,
    /// What it has used now.
    after: Option<Total>,
    /// Messages and thoughts whose pieces were told while they were written.
    streamed: Vec<String>,
    /// The agent's last message, unless it asked for tools.
    answer: String,
    /// A `session.error` came last.
    trouble: Option<Trouble>,
    /// The turn was broken off; the program still ends well.
    aborted: bool,
    /// The exit code that the `result` told.
    result: Option<i64>,
}

impl Adapter for Copilot {
    const NAME: &'static str = "Copilot CLI";

    fn describe() -> Info {
        let mut info = Info::new("copilot", Self::NAME, "copilot", INSTALL);
        info.models = strings(&["auto", "gpt-5.4", "claude-sonnet-4.5"]);
        info.features = strings(&[
            "resume",
            "usage",
            "effort",
            "permissions",
            "tools",
            "mcp",
            "directories",
        ]);
        info.probes.push(Probe::new("login", "copilot", &["login"]));
        info.tested = strings(&["1.0.102"]);
        info.environment = strings(&["COPILOT_*", "GH_TOKEN", "GITHUB_TOKEN", "GH_HOST"]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        Health::from_version(findings, Self::NAME, INSTALL)
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let before = match request.session {
            // A fresh session has used nothing.
            None => Some(Total::default()),
            Some(_) => request
                .previous("usage-total")
                .and_then(|text| Total::parse(&text)),
        };
        let turn = Self {
            session: request
                .session
                .clone()
                .unwrap_or_else(|| request.new_session.clone()),
            before,
            ..Self::default()
        };
        Ok((turn, command::command(request)?))
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_file(&mut self, name: &str, content: &[u8], events: &mut Events) {
        if name == command::USAGE {
            self.usage(content, events);
        }
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        self.end(exit, events)
    }
}

cm_sdk::export_engine!(Copilot);
