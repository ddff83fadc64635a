//! Any agent that speaks the Agent Client Protocol (version 1) over standard input and
//! output as an engine; and those that are known, by name.
//!
//! One component serves several engines. The host says in the request's option `engine`
//! which of them was asked for, and finds what each of them is in the option `presets`
//! of [`Info`]: a JSON object from names to what differs.

mod any;
mod call;
mod calls;
mod command;
mod describe;
mod ending;
mod failure;
mod permission;
mod preset;
mod presets;
mod servers;
mod session;
mod settings;
mod speech;
mod tokens;
mod updates;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Request,
};
use serde_json::{Value, json};

use calls::Calls;
use permission::{Pending, Permissions};
use preset::Preset;
use session::{Opening, Step};
use speech::Speech;
use tokens::Tokens;

/// One turn of an agent.
#[derive(Debug)]
pub struct Acp {
    preset: &'static Preset,
    /// What is still to be said to the agent.
    opening: Opening,
    permissions: Permissions,
    /// How many requests were sent; the last one's id.
    requests: u64,
    /// The request that is not answered yet.
    sent: Option<Step>,
    /// The agent's name of the conversation; empty before it said it.
    session: String,
    speech: Speech,
    calls: Calls,
    tokens: Tokens,
    pending: Vec<Pending>,
    cancelled: bool,
    /// How it ended, once that is known.
    ending: Option<Ending>,
}

impl Adapter for Acp {
    const NAME: &'static str = "ACP agent";

    fn describe() -> Info {
        describe::info()
    }

    fn diagnose(findings: &[Finding]) -> Health {
        describe::diagnose(findings)
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let named = request
            .option("preset")
            .or_else(|| request.option("engine"));
        let preset = match (named.and_then(Preset::of), request.option("preset")) {
            (Some(preset), _) => preset,
            (None, Some(unknown)) => return Err(describe::unknown_preset(unknown)),
            (None, None) => &any::ANY,
        };
        let command = command::command(request, preset)?;
        let turn = Self {
            preset,
            opening: Opening::of(request),
            permissions: Permissions::of(request),
            requests: 0,
            sent: None,
            session: String::new(),
            speech: Speech::new(preset.speaks_for_itself),
            calls: Calls::new(preset.naming),
            tokens: Tokens::of(request, preset.meaning),
            pending: Vec::new(),
            cancelled: false,
            ending: None,
        };
        Ok((turn, command))
    }

    fn on_started(&mut self, events: &mut Events) {
        self.initialize(events);
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        if self.ending.is_some() {
            return;
        }
        let method = line.get("method").and_then(Value::as_str);
        let id = line.get("id").filter(|id| !id.is_null());
        match (method, id) {
            (Some("session/update"), _) => self.update(line, events),
            (Some("session/request_permission"), Some(id)) => self.wants(line, id, events),
            (Some(method), Some(id)) => events.write(&json!({
                "jsonrpc": "2.0",
                "id": id,
                "error": { "code": -32601, "message": format!("Method not found: {method}") },
            })),
            (Some(_), None) => {}
            (None, Some(id)) if id.as_u64() == Some(self.requests) => self.answered(line, events),
            (None, _) => events.notice(&line.to_string()),
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

cm_sdk::export_engine!(Acp);
