//! Claude Code as an engine: `claude -p --output-format stream-json --verbose`.

mod account;
mod command;
mod decode;
mod result;
mod servers;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Probe, Request, Trouble,
    strings,
};
use serde_json::Value;

const INSTALL: &str = "npm install -g @anthropic-ai/claude-code";
const SIGN_IN: &str = "run `claude` once and use /login, or set ANTHROPIC_API_KEY";

/// One turn of Claude Code.
#[derive(Debug, Default)]
pub struct Claude {
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
    /// The `result`, once it came.
    ending: Option<Ending>,
}

impl Adapter for Claude {
    const NAME: &'static str = "Claude Code";

    fn describe() -> Info {
        let mut info = Info::new("claude", Self::NAME, "claude", INSTALL);
        info.models = strings(&["sonnet", "opus", "haiku"]);
        info.features = strings(&[
            "resume",
            "usage",
            "cost",
            "effort",
            "schema",
            "permissions",
            "mcp",
        ]);
        info.probes.push(Probe::new(
            "account",
            "claude",
            &["auth", "status", "--json"],
        ));
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
        let turn = Self {
            schema: request.schema.is_some(),
            resumed: request.session.is_some(),
            cost_before: request
                .previous("cost-total")
                .and_then(|total| total.parse().ok()),
            ..Self::default()
        };
        Ok((turn, command::command(request)?))
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        self.end(exit, events)
    }
}

cm_sdk::export_engine!(Claude);
