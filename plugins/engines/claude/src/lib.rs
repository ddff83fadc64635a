//! Claude Code as an engine, by its stream of messages in both directions: the prompt is
//! a message on standard input, permissions are asked for and answered while the turn
//! goes on, and it can be told to stop.
//!
//! Beside what every engine knows, a request may have these options:
//!
//! | name | value |
//! |---|---|
//! | `ask` | `true`: at `workspace-write` everything is asked about that is no mere look, edits and commands too |
//! | `max-budget-usd` | what the turn may cost |
//! | `max-retries` | how often the program itself tries again what its service refused |
//! | `partial` | `true`: text is told while it is written |

mod account;
mod command;
mod control;
mod decode;
mod permissions;
mod prompt;
mod result;
mod servers;
mod tools;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Probe, Request, Trouble,
    strings,
};
use serde_json::Value;

use control::Pending;
use permissions::Permissions;

const INSTALL: &str = "npm install -g @anthropic-ai/claude-code";
const SIGN_IN: &str = "run `claude auth login`, or set ANTHROPIC_API_KEY";

/// One turn of Claude Code.
#[derive(Debug)]
pub struct Claude {
    /// What is said first, until it is.
    message: Option<Value>,
    permissions: Permissions,
    /// Questions that have no answer yet.
    pending: Vec<Pending>,
    /// The host has ended the turn.
    cancelled: bool,
    /// Nothing more is said to the program.
    left: bool,
    /// How many helpers of the agent are at work in the background.
    helpers: usize,
    /// Whether the answer has to meet a schema.
    schema: bool,
    /// Whether the session existed before, so that totals hold more than this turn.
    resumed: bool,
    /// What the session had cost before this turn, when it is known.
    cost_before: Option<f64>,
    /// The session's whole cost so far.
    cost_total: Option<f64>,
    /// The message whose pieces were told while they were written.
    streamed: Option<String>,
    /// An error that was reported in the place of an answer.
    trouble: Option<Trouble>,
    /// When a limit that was reached ends.
    limited_until_ms: Option<f64>,
    /// The last `result` that came.
    ending: Option<Ending>,
}

impl Adapter for Claude {
    const NAME: &'static str = "Claude Code";
    // What a tool answered, once more: `message` has it.
    const UNREAD: &'static [&'static str] = &["/tool_use_result"];

    fn describe() -> Info {
        let mut info = Info::new("claude", Self::NAME, "claude", INSTALL);
        info.models = strings(&["sonnet", "opus", "haiku"]);
        info.features = strings(&[
            "resume",
            "fork",
            "usage",
            "cost",
            "effort",
            "schema",
            "permissions",
            "ask",
            "tools",
            "mcp",
            "directories",
            "max-turns",
        ]);
        info.probes.push(Probe::new(
            "account",
            "claude",
            &["auth", "status", "--json"],
        ));
        info.probes
            .push(Probe::new("login", "claude", &["auth", "login"]));
        info.tested = strings(&["2.1.330"]);
        info.environment = strings(&[
            "ANTHROPIC_*",
            "CLAUDE_*",
            "API_TIMEOUT_MS",
            "MAX_THINKING_TOKENS",
            "MCP_TIMEOUT",
            "MCP_TOOL_TIMEOUT",
            "AWS_REGION",
            "AWS_PROFILE",
            "AWS_BEARER_TOKEN_BEDROCK",
            "CLOUD_ML_REGION",
        ]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        account::diagnose(findings)
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let permissions = Permissions::of(request);
        let command = command::command(request, &permissions)?;
        let turn = Self {
            message: Some(prompt::message(request)),
            permissions,
            pending: Vec::new(),
            cancelled: false,
            left: false,
            helpers: 0,
            schema: request.schema.is_some(),
            resumed: request.session.is_some(),
            cost_before: request
                .previous("cost-total")
                .and_then(|total| total.parse().ok()),
            cost_total: None,
            streamed: None,
            trouble: None,
            limited_until_ms: None,
            ending: None,
        };
        Ok((turn, command))
    }

    fn on_started(&mut self, events: &mut Events) {
        if let Some(message) = self.message.take() {
            events.write(&message);
        }
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_granted(&mut self, id: &str, events: &mut Events) {
        self.decided(id, true, events);
    }

    fn on_denied(&mut self, id: &str, events: &mut Events) {
        self.decided(id, false, events);
    }

    fn on_cancelled(&mut self, events: &mut Events) {
        self.interrupt(events);
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        self.end(exit, events)
    }
}

#[cfg(feature = "component")]
cm_sdk::export_engine!(Claude);
