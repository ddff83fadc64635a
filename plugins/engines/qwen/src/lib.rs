//! Qwen Code as an engine: `qwen -o stream-json`.

mod command;
mod decode;
mod end;
mod servers;
mod total;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Probe, Request, Trouble,
    strings,
};
use serde_json::Value;

use total::Total;

const INSTALL: &str = "npm install -g @qwen-code/qwen-code";
const SIGN_IN: &str =
    "run `qwen` once and choose how to sign in, or set OPENAI_API_KEY and OPENAI_BASE_URL";

/// One turn of Qwen Code.
#[derive(Debug, Default)]
pub struct Qwen {
    /// How often the program may ask its service again before it is stopped.
    retries: u32,
    /// Whether an effort was wished for, which this program does not take.
    effort: bool,
    /// What the session had used before this turn; none when that is not known.
    before: Option<Total>,
    /// What it has used now.
    after: Option<Total>,
    /// What the messages of this turn used, for a turn that is cut off.
    spent: Total,
    /// The message whose pieces were told while they were written.
    streamed: bool,
    /// What may be an error in the place of an answer.
    held: Option<String>,
    /// The last complaint about the service on standard error.
    complaint: String,
    /// The program was stopped because it waited for its service too long.
    gave_up: bool,
    /// The error that the `result` told.
    trouble: Option<Trouble>,
    /// The `result`, once it came.
    ending: Option<Ending>,
}

impl Adapter for Qwen {
    const NAME: &'static str = "Qwen Code";

    fn describe() -> Info {
        let mut info = Info::new("qwen", Self::NAME, "qwen", INSTALL);
        info.models = strings(&["qwen3-coder-plus", "qwen3-coder-flash"]);
        info.features = strings(&[
            "resume",
            "fork",
            "usage",
            "schema",
            "permissions",
            "tools",
            "mcp",
            "directories",
            "max-turns",
        ]);
        // It has no command for it: it asks when it starts and nobody is signed in.
        info.probes.push(Probe::new("login", "qwen", &[]));
        info.tested = strings(&["0.24.4"]);
        info.environment = strings(&[
            "QWEN_*",
            "OPENAI_*",
            "ANTHROPIC_*",
            "DASHSCOPE_API_KEY",
            "GEMINI_API_KEY",
        ]);
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
            retries: command::retries(request)?,
            effort: request.effort.is_some(),
            before,
            ..Self::default()
        };
        Ok((turn, command::command(request)?))
    }

    fn on_started(&mut self, events: &mut Events) {
        if self.effort {
            events.not_honoured(
                "effort",
                "Qwen Code takes a reasoning effort only from its settings.",
            );
        }
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_stderr(&mut self, line: &str, _events: &mut Events) {
        if line.starts_with("Retrying in ") {
            self.complaint = line.to_owned();
        }
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        self.end(exit, events)
    }
}

cm_sdk::export_engine!(Qwen);
