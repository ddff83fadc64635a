//! Pi as an engine: `pi --mode json --print`.

mod command;
mod decode;
mod end;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Probe, Request, strings,
};
use serde_json::Value;

const INSTALL: &str = "npm install -g @mariozechner/pi-coding-agent";
const SIGN_IN: &str =
    "run `pi` once and use /login, or set the key of your provider, such as ANTHROPIC_API_KEY";

/// One turn of Pi.
#[derive(Debug, Default)]
pub struct Pi {
    /// An effort that this program does not know.
    effort: Option<String>,
    /// Whether the permissions are more than the program itself could watch over.
    unwatched: bool,
    /// The pieces of the message that is being written were told.
    streamed: bool,
    /// The agent's last message, unless it asked for tools.
    answer: String,
    /// The `stopReason` of the last message.
    reason: String,
    /// The error of the last message.
    error: String,
    /// The agent has ended, and did not begin again.
    complete: bool,
}

impl Adapter for Pi {
    const NAME: &'static str = "Pi";

    fn describe() -> Info {
        let mut info = Info::new("pi", Self::NAME, "pi", INSTALL);
        info.models = strings(&["anthropic/claude-sonnet-4-5", "openai/gpt-5.5"]);
        info.features = strings(&[
            "resume",
            "fork",
            "usage",
            "cost",
            "effort",
            "tools",
            "directories",
        ]);
        // It has no command for it: `/login` is typed into it.
        info.probes.push(Probe::new("login", "pi", &[]));
        info.tested = strings(&["0.73.1"]);
        info.environment = strings(&[
            "PI_*",
            "ANTHROPIC_*",
            "OPENAI_*",
            "AZURE_OPENAI_*",
            "GEMINI_API_KEY",
            "GROQ_API_KEY",
            "XAI_API_KEY",
            "OPENROUTER_API_KEY",
            "MISTRAL_API_KEY",
            "DEEPSEEK_API_KEY",
        ]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        // Older versions print it to standard error.
        let mut findings = findings.to_vec();
        for finding in &mut findings {
            if finding.stdout.trim().is_empty() {
                finding.stdout = std::mem::take(&mut finding.stderr);
            }
        }
        Health::from_version(&findings, Self::NAME, INSTALL)
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let known = |effort: &&String| !command::EFFORTS.contains(&effort.as_str());
        let turn = Self {
            effort: request.effort.as_ref().filter(known).cloned(),
            unwatched: command::unwatched(request),
            ..Self::default()
        };
        Ok((turn, command::command(request)?))
    }

    fn on_started(&mut self, events: &mut Events) {
        if let Some(effort) = self.effort.take() {
            events.not_honoured(
                "effort",
                &format!(
                    "Pi does not know the effort `{effort}`; it knows {}.",
                    command::EFFORTS.join(", ")
                ),
            );
        }
        if self.unwatched {
            events.not_honoured(
                "permissions",
                "Pi does not watch over what its tools do; only the sandbox of the host holds them in the working directory.",
            );
        }
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        self.end(exit, events)
    }
}

cm_sdk::export_engine!(Pi);
