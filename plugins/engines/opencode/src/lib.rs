//! opencode as an engine: `opencode run --format json`.

mod command;
mod decode;
mod servers;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Failure, Finding, Health, Info, Probe, Request,
    Trouble, finding, strings,
};
use serde_json::Value;

const INSTALL: &str = "npm install -g opencode-ai";
const SIGN_IN: &str =
    "run `opencode auth login`, or set the key of your provider, such as ANTHROPIC_API_KEY";

/// One turn of opencode.
#[derive(Debug, Default)]
pub struct Opencode {
    /// What the agent said in the step that is going on.
    answer: String,
    /// Why the last step ended; empty while one is going on.
    reason: String,
    /// An `error` line came.
    trouble: Option<Trouble>,
    /// A tool was refused in the last step.
    denied: bool,
    /// A line came.
    begun: bool,
}

impl Adapter for Opencode {
    const NAME: &'static str = "opencode";
    // Files as they were and as they are, beside what the tool said of it.
    const UNREAD: &'static [&'static str] = &["/part/state/metadata"];

    fn describe() -> Info {
        let mut info = Info::new("opencode", Self::NAME, "opencode", INSTALL);
        info.models = strings(&["anthropic/claude-sonnet-4-5", "openai/gpt-5.5"]);
        info.features = strings(&["resume", "usage", "cost", "effort", "permissions", "mcp"]);
        info.probes
            .push(Probe::new("account", "opencode", &["auth", "list"]));
        info.probes
            .push(Probe::new("login", "opencode", &["auth", "login"]));
        info.tested = strings(&["1.18.33"]);
        info.environment = strings(&[
            "OPENCODE_*",
            "ANTHROPIC_API_KEY",
            "OPENAI_API_KEY",
            "GEMINI_API_KEY",
            "GOOGLE_GENERATIVE_AI_API_KEY",
            "OPENROUTER_API_KEY",
            "MISTRAL_API_KEY",
            "GROQ_API_KEY",
            "XAI_API_KEY",
            "DEEPSEEK_API_KEY",
            "GITHUB_TOKEN",
        ]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        let mut health = Health::from_version(findings, Self::NAME, INSTALL);
        // Nothing listed does not mean that nothing works: providers may be set
        // up in the project, and some models need no account.
        let listed = finding(findings, "account")
            .filter(|probe| probe.code == Some(0))
            .map(|probe| accounts(&probe.stdout))
            .unwrap_or(0);
        if listed > 0 {
            health.signed_in = Some(true);
            health
                .options
                .push(("accounts".to_owned(), listed.to_string()));
        }
        health
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        Ok((Self::default(), command::command(request)?))
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.begun = true;
        self.decode(line, events);
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let complete = self.reason == "stop" && self.trouble.is_none();
        let failure = if complete {
            None
        } else {
            self.failure(exit, events)
        };
        Ending {
            complete,
            text: if complete {
                std::mem::take(&mut self.answer)
            } else {
                String::new()
            },
            reason: std::mem::take(&mut self.reason),
            failure,
            options: Vec::new(),
        }
    }
}

impl Opencode {
    fn failure(&self, exit: &Exit<'_>, events: &mut Events) -> Option<Failure> {
        if let Some(mut trouble) = self.trouble.clone().or_else(|| exit.complaint()) {
            // It answers a flag that it does not know with its help, and no word.
            if trouble
                .text
                .trim_start()
                .starts_with("opencode run [message..]")
            {
                trouble
                    .text
                    .insert_str(0, "unknown argument; the help says:\n");
            }
            if !self.begun && is_collision(&trouble.text) {
                let message = "opencode could not begin: another opencode was using its database.";
                return Some(
                    Failure::new("busy", message)
                        .retryable()
                        .with_details(&trouble.text),
                );
            }
            events.limit_of(&trouble);
            let known = trouble.failure(Self::NAME, SIGN_IN);
            if known.is_some() || self.trouble.is_none() {
                return known;
            }
            let message = if trouble.text.starts_with("Unexpected server error") {
                "opencode ended with an error that it does not explain; a model that it does not know is a usual cause, and its log has more."
            } else {
                "opencode ended with an error."
            };
            return Some(Failure::new("api-error", message).with_details(&trouble.text));
        }
        Some(match self.reason.as_str() {
            "length" => Failure::new(
                "max-tokens",
                "The answer was cut off at the model's limit of output tokens; ask for less at once.",
            ),
            "content-filter" => {
                Failure::new("refused", "The answer was stopped by a content filter.")
            }
            "tool-calls" if self.denied => Failure::new(
                "tool-denied-stop",
                "opencode stopped because the agent was refused a tool; allow more, or ask for something else.",
            ),
            _ => return None,
        })
    }
}

/// The numbers in lines like `2 credentials` and `1 environment variable`.
fn accounts(printed: &str) -> u32 {
    printed
        .lines()
        .filter(|line| line.contains("credential") || line.contains("environment variable"))
        .filter_map(|line| {
            line.split_whitespace()
                .find_map(|word| word.parse::<u32>().ok())
        })
        .fold(0, u32::saturating_add)
}

cm_sdk::export_engine!(Opencode);

/// Whether it gave up because another one of it had its database: all of them share
/// one, and the first that a person ever starts lays it out.
fn is_collision(complaint: &str) -> bool {
    complaint.contains("database is locked")
        || (complaint.contains("Failed query:") && complaint.contains("CREATE "))
}
