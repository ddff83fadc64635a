//! OpenAI's Codex as an engine: `codex app-server`, which speaks JSON-RPC over standard
//! input and output.

mod approval;
mod calls;
mod command;
mod ending;
mod failure;
mod limits;
mod opening;
mod servers;
mod session;
mod speech;
mod tokens;
mod updates;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Probe, Request, finding,
    strings,
};
use serde_json::Value;

use approval::Asked;
use calls::Calls;
use limits::Limits;
use opening::Opening;
use session::Step;
use speech::Speech;
use tokens::Tokens;

const INSTALL: &str = "npm install -g @openai/codex";
const SIGN_IN: &str = "run `codex login`, or set CODEX_API_KEY";

/// How a line begins that brings what a command prints while it prints it.
const OUTPUT: &str = r#"{"method":"item/commandExecution/outputDelta""#;

/// One turn of Codex.
#[derive(Debug)]
pub struct Codex {
    /// What is still to be said to it.
    opening: Opening,
    /// How many requests were sent; the last one's id.
    requests: u64,
    /// The request that is not answered yet.
    sent: Option<(u64, Step)>,
    /// Codex's names of the conversation and of this turn; empty before it said them.
    thread: String,
    turn: String,
    speech: Speech,
    calls: Calls,
    tokens: Tokens,
    limits: Limits,
    asked: Vec<Asked>,
    /// The last error of which Codex does not recover by itself.
    error: Value,
    /// How often in a row Codex has waited for the network.
    waits: u32,
    cancelled: bool,
    /// How it ended, once that is known.
    ending: Option<Ending>,
}

impl Adapter for Codex {
    const NAME: &'static str = "Codex";

    fn describe() -> Info {
        let mut info = Info::new("codex", Self::NAME, "codex", INSTALL);
        info.models = strings(&["gpt-5.5"]);
        info.features = strings(&[
            "resume",
            "fork",
            "usage",
            "effort",
            "schema",
            "permissions",
            "ask",
            "mcp",
            "directories",
        ]);
        info.probes
            .push(Probe::new("account", "codex", &["login", "status"]));
        info.probes.push(Probe::new("login", "codex", &["login"]));
        info.tested = strings(&["0.169.0"]);
        info.environment = strings(&["OPENAI_*", "CODEX_*", "AZURE_OPENAI_API_KEY"]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        let mut health = Health::from_version(findings, Self::NAME, INSTALL);
        if let Some(probe) = finding(findings, "account") {
            let said = format!("{}\n{}", probe.stdout, probe.stderr);
            health.signed_in = match probe.code {
                Some(0) if said.contains("Logged in") => Some(true),
                Some(_) if said.contains("Not logged in") => Some(false),
                _ => None,
            };
        }
        if health.installed && health.signed_in == Some(false) && health.remedy.is_none() {
            health.remedy = Some(format!(
                "Codex is not signed in: {SIGN_IN} (a key in the environment, or of a provider of your own, does not show here)"
            ));
        }
        health
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let command = command::command(request)?;
        let turn = Self {
            opening: Opening::of(request)?,
            requests: 0,
            sent: None,
            thread: String::new(),
            turn: String::new(),
            speech: Speech::default(),
            calls: Calls::default(),
            tokens: Tokens::default(),
            limits: Limits::default(),
            asked: Vec::new(),
            error: Value::Null,
            waits: 0,
            cancelled: false,
            ending: None,
        };
        Ok((turn, command))
    }

    fn on_started(&mut self, events: &mut Events) {
        self.initialize(events);
    }

    fn on_raw(&mut self, line: &str, _: &mut Events) -> bool {
        // The end of the item has all of it again.
        line.starts_with(OUTPUT)
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        if self.ending.is_some() {
            return;
        }
        let method = line.get("method").and_then(Value::as_str);
        let id = line.get("id").filter(|id| !id.is_null());
        let params = line.get("params").unwrap_or(&Value::Null);
        match (method, id) {
            (Some(method), Some(id)) => self.wants(method, id, params, events),
            (Some(method), None) => self.told(method, params, events),
            (None, Some(id)) => match id.as_u64() {
                Some(id) => self.answered(id, line, events),
                None => events.notice(&line.to_string()),
            },
            (None, None) => events.notice(&line.to_string()),
        }
    }

    fn on_granted(&mut self, id: &str, events: &mut Events) {
        self.decided(id, true, events);
    }

    fn on_denied(&mut self, id: &str, events: &mut Events) {
        self.decided(id, false, events);
    }

    fn on_cancelled(&mut self, events: &mut Events) {
        self.cancel(events);
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        self.end(exit, events)
    }
}

cm_sdk::export_engine!(Codex);
