//! An engine that plays a script: no login, no network, no model.
//!
//! It starts a real process, the shell `sh`, so that everything between the host
//! and an agent's program is exercised. The format of scripts is in `README.md`.

mod choose;
mod decode;
mod estimate;
mod files;
mod host;
mod quote;
mod script;
mod shell;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Failure, Finding, Health, Info, Probe, Request,
    strings,
};
use serde_json::{Value, json};

pub use script::{Rule, Script, Step};

/// One turn of a script.
#[derive(Debug, Default)]
pub struct Scripted {
    /// Lines of the output of the tool that is at work.
    output: String,
    answer: String,
    complete: bool,
    failure: Option<Failure>,
}

impl Adapter for Scripted {
    const NAME: &'static str = "Scripted";

    fn describe() -> Info {
        let mut info = Info::new(
            "scripted",
            Self::NAME,
            "sh",
            "every Unix has one; look at your PATH",
        );
        info.models = strings(&["scripted"]);
        info.features = strings(&["resume", "usage", "cost", "permissions", "mcp"]);
        info.probes = vec![Probe::new("version", "sh", &["-c", "echo 1.0"])];
        info.tested = strings(&["1.0"]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        let mut health = Health::from_version(
            findings,
            "The shell `sh`",
            "every Unix has one; look at your PATH",
        );
        health.signed_in = Some(true);
        health
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let session = match &request.session {
            None => format!("scripted-{}", request.new_session),
            Some(session) if session.starts_with("scripted-") => session.clone(),
            Some(session) => {
                return Err(Error::Missing(Failure::new(
                    "unknown-session",
                    format!("`{session}` is not a session of the engine `scripted`."),
                )));
            }
        };
        let script = match request.option("script") {
            Some(text) => Script::parse(text)?,
            None => Script::default(),
        };
        let rule = choose::rule(&script, request);
        let text = shell::program(&rule, request, &session)?;
        // On standard input, where a script may be of any length. It stays open for answers
        // only where there are any: a shell that has read all leaves by itself.
        let mut command = Command::new("sh").argument("-s").stdin(text);
        command.interactive = rule.asks();
        Ok((Self::default(), command))
    }

    fn on_granted(&mut self, _id: &str, events: &mut Events) {
        events.write(&json!("granted"));
    }

    fn on_denied(&mut self, _id: &str, events: &mut Events) {
        events.write(&json!("denied"));
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        self.decode(line, events);
    }

    fn on_note(&mut self, line: &str, events: &mut Events) {
        match line.strip_prefix("| ") {
            Some(output) => {
                self.output.push_str(output);
                self.output.push('\n');
            }
            None => events.notice(line),
        }
    }

    fn on_exit(&mut self, _exit: &Exit<'_>, _events: &mut Events) -> Ending {
        Ending {
            complete: self.complete,
            text: if self.complete {
                std::mem::take(&mut self.answer)
            } else {
                String::new()
            },
            reason: if self.complete { "end" } else { "" }.to_owned(),
            failure: self.failure.take(),
            options: Vec::new(),
        }
    }
}

cm_sdk::export_engine!(Scripted);
