//! OpenAI's Codex as an engine: `codex exec --json`.

mod command;
mod decode;
mod total;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Failure, Finding, Health, Info, Probe, Request,
    Trouble, finding, strings,
};
use serde_json::Value;

use total::Total;

const INSTALL: &str = "npm install -g @openai/codex";
const SIGN_IN: &str = "run `codex login`, or set CODEX_API_KEY";

/// One turn of Codex.
#[derive(Debug, Default)]
pub struct Codex {
    /// What the session had used before this turn; none when that is not known.
    before: Option<Total>,
    /// What it has used now.
    after: Option<Total>,
    /// Tools that were started, and not yet told to have ended.
    open: Vec<String>,
    /// The agent's last message.
    answer: String,
    /// The last error that may still have been only a warning.
    warned: Option<String>,
    /// `turn.failed` came with this message.
    failed: Option<String>,
    /// `turn.completed` came last.
    complete: bool,
}

impl Adapter for Codex {
    const NAME: &'static str = "Codex";

    fn describe() -> Info {
        let mut info = Info::new("codex", Self::NAME, "codex", INSTALL);
        info.models = strings(&["gpt-5.5"]);
        info.features = strings(&["resume", "usage", "effort", "permissions", "mcp"]);
        info.probes
            .push(Probe::new("account", "codex", &["login", "status"]));
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
        let before = match request.session {
            // A fresh session has used nothing.
            None => Some(Total::default()),
            Some(_) => request
                .previous("usage-total")
                .or_else(|| request.option("usage-baseline").map(str::to_owned))
                .and_then(|text| Total::parse(&text)),
        };
        let turn = Self {
            before,
            ..Self::default()
        };
        Ok((turn, command::command(request)?))
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let mut ending = Ending {
            complete: self.complete,
            ..Ending::default()
        };
        if self.complete {
            ending.text = std::mem::take(&mut self.answer);
            ending.reason = "completed".to_owned();
        } else {
            ending.failure = self.failure(exit, events);
        }
        if let Some(total) = self.after.or(self.before) {
            ending
                .options
                .push(("usage-total".to_owned(), total.to_json()));
        }
        ending
    }
}

impl Codex {
    fn failure(&self, exit: &Exit<'_>, events: &mut Events) -> Option<Failure> {
        let said = self.failed.as_ref().or(self.warned.as_ref());
        if let Some(said) = said.filter(|said| said.contains("max_output_tokens")) {
            return Some(
                Failure::new(
                    "max-tokens",
                    "The answer was cut off at the model's limit of output tokens; ask for less at once.",
                )
                .with_details(said),
            );
        }
        // Without `turn.failed` the error may have been a passing one; then only
        // a program that gave up by itself can have meant it.
        let trouble = match (&self.failed, exit.complaint()) {
            (Some(said), _) => Trouble::from_text(said),
            (None, Some(complaint)) => match self.warned.as_deref().map(Trouble::from_text) {
                Some(warned) if warned.code().is_some() => warned,
                _ => complaint,
            },
            (None, None) => return None,
        };
        events.limit_of(&trouble);
        trouble.failure(Self::NAME, SIGN_IN).or_else(|| {
            self.failed.as_ref().map(|said| {
                Failure::new("api-error", "Codex ended with an error.").with_details(said)
            })
        })
    }
}

cm_sdk::export_engine!(Codex);
