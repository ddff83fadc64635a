//! Cursor's agent as an engine: `cursor-agent -p --output-format stream-json`. Made from
//! its documentation: the program was not there to be tried.

mod command;
mod decode;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Failure, Finding, Health, Info, Probe, Request,
    Trouble, finding, strings,
};
use serde_json::Value;

const INSTALL: &str = "see https://cursor.com/cli";
const SIGN_IN: &str = "run `cursor-agent login`, or set CURSOR_API_KEY";

/// One turn of Cursor's agent.
#[derive(Debug, Default)]
pub struct Cursor {
    /// What was wished for and cannot be had.
    unheard: Vec<&'static str>,
    /// The last message.
    answer: String,
    /// Tools that were started, and not yet told to have ended.
    open: Vec<String>,
    /// The `result` came, with this in its fields.
    result: Option<Finished>,
}

/// What a `result` says.
#[derive(Debug)]
pub(crate) struct Finished {
    ok: bool,
    subtype: String,
    text: String,
}

impl Adapter for Cursor {
    const NAME: &'static str = "Cursor";

    fn describe() -> Info {
        let mut info = Info::new("cursor", Self::NAME, "cursor-agent", INSTALL);
        info.models = strings(&["auto"]);
        info.features = strings(&["resume", "permissions"]);
        info.probes
            .push(Probe::new("account", "cursor-agent", &["status"]));
        info.probes
            .push(Probe::new("login", "cursor-agent", &["login"]));
        info.environment = strings(&["CURSOR_*"]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        let mut health = Health::from_version(findings, Self::NAME, INSTALL);
        if let Some(probe) = finding(findings, "account") {
            let said = format!("{}\n{}", probe.stdout, probe.stderr).to_lowercase();
            health.signed_in = if said.contains("not logged in") {
                Some(false)
            } else if said.contains("logged in as") {
                Some(true)
            } else {
                None
            };
        }
        if health.installed && health.signed_in == Some(false) && health.remedy.is_none() {
            health.remedy = Some(format!("Cursor is not signed in: {SIGN_IN}"));
        }
        health
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
            events.not_honoured(what, "cursor has no flag for it");
        }
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let Some(result) = self.result.take() else {
            // What failed is told on standard error alone.
            let trouble = exit.complaint().unwrap_or_default();
            events.limit_of(&trouble);
            return Ending {
                failure: trouble.failure(Self::NAME, SIGN_IN),
                ..Ending::default()
            };
        };
        let failure = (!result.ok).then(|| {
            let trouble = Trouble::from_text(&result.text);
            events.limit_of(&trouble);
            trouble.failure(Self::NAME, SIGN_IN).unwrap_or_else(|| {
                Failure::new("api-error", "Cursor ended with an error.").with_details(&result.text)
            })
        });
        // Its own result runs all messages of the turn together.
        let answer = match self.answer.trim() {
            "" => result.text.trim(),
            last => last,
        };
        Ending {
            complete: result.ok,
            text: if result.ok {
                answer.to_owned()
            } else {
                String::new()
            },
            reason: result.subtype,
            failure,
            options: Vec::new(),
        }
    }
}

cm_sdk::export_engine!(Cursor);
