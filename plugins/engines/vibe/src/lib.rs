//! Mistral Vibe as an engine: `vibe --output streaming`.

mod command;
mod decode;
mod export;
mod servers;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Probe, Request, strings,
};
use serde_json::Value;

use export::Export;

const INSTALL: &str = "pip install mistral-vibe, with Python 3.12 or newer";
const SIGN_IN: &str = "run `vibe --setup`, or set MISTRAL_API_KEY";

/// One turn of Mistral Vibe.
#[derive(Debug, Default)]
pub struct Vibe {
    /// Whether an effort was wished for, which this program does not take.
    effort: bool,
    /// The model that was asked for.
    model: Option<String>,
    /// The agent's last message, unless a tool was used after it.
    answer: String,
    /// What the program wrote when it left, once it came.
    export: Option<Export>,
}

impl Adapter for Vibe {
    const NAME: &'static str = "Mistral Vibe";

    fn describe() -> Info {
        let mut info = Info::new("vibe", Self::NAME, "vibe", INSTALL);
        info.models = strings(&["mistral-medium-3.5"]);
        info.features = strings(&[
            "resume",
            "usage",
            "cost",
            "permissions",
            "tools",
            "mcp",
            "directories",
            "max-turns",
        ]);
        info.probes.push(Probe::new("login", "vibe", &["--setup"]));
        info.tested = strings(&["3.0.2"]);
        info.environment = strings(&["VIBE_*", "MISTRAL_*"]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        Health::from_version(findings, Self::NAME, INSTALL)
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let turn = Self {
            effort: request.effort.is_some(),
            model: request.model.clone(),
            ..Self::default()
        };
        Ok((turn, command::command(request)?))
    }

    fn on_started(&mut self, events: &mut Events) {
        if self.effort {
            events.not_honoured(
                "effort",
                "Mistral Vibe takes a reasoning effort only from its settings of the model.",
            );
        }
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_file(&mut self, name: &str, content: &[u8], events: &mut Events) {
        if name == export::FILE {
            self.export = Export::read(content, events);
        }
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        self.end(exit, events)
    }
}

cm_sdk::export_engine!(Vibe);
