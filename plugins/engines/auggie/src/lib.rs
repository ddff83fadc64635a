//! Augment's auggie as an engine: `auggie --print --quiet`. The form of its JSON is not
//! documented, so its text is taken: the final answer, and nothing of the way to it.

mod command;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Failure, Finding, Health, Info, Probe, Request,
    strings,
};
use serde_json::Value;

const INSTALL: &str = "npm install -g @augmentcode/auggie";
const SIGN_IN: &str = "run `auggie login`, or set AUGMENT_SESSION_AUTH";

/// One turn of auggie.
#[derive(Debug, Default)]
pub struct Auggie {
    /// What was wished for and cannot be had.
    unheard: Vec<&'static str>,
    answer: String,
    /// Blank lines that were not told yet.
    blank: usize,
}

impl Adapter for Auggie {
    const NAME: &'static str = "Auggie";

    fn describe() -> Info {
        let mut info = Info::new("auggie", Self::NAME, "auggie", INSTALL);
        info.features = strings(&["permissions", "mcp", "max-turns"]);
        info.probes.push(Probe::new("login", "auggie", &["login"]));
        info.environment = strings(&["AUGMENT_*"]);
        info
    }

    fn diagnose(findings: &[Finding]) -> Health {
        Health::from_version(findings, Self::NAME, INSTALL)
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let turn = Self {
            unheard: command::unheard(request),
            ..Self::default()
        };
        Ok((turn, command::command(request)?))
    }

    fn on_started(&mut self, events: &mut Events) {
        for what in std::mem::take(&mut self.unheard) {
            events.not_honoured(what, "auggie has no flag for it");
        }
    }

    fn on_raw(&mut self, line: &str, events: &mut Events) -> bool {
        if line.trim().is_empty() {
            self.blank += 1;
            return true;
        }
        let breaks = if self.answer.is_empty() {
            0
        } else {
            self.blank + 1
        };
        self.blank = 0;
        let piece = format!("{}{line}", "\n".repeat(breaks.min(100)));
        events.text_piece(&piece);
        self.answer.push_str(&piece);
        true
    }

    fn on_line(&mut self, _line: &Value, _events: &mut Events) {}

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let failure = match exit.complaint() {
            Some(trouble) => {
                events.limit_of(&trouble);
                trouble.failure(Self::NAME, SIGN_IN)
            }
            // There is no other sign that it has done its work.
            None if exit.code == Some(0) && self.answer.is_empty() => Some(
                Failure::new(
                    "no-answer",
                    "Auggie ended without an error and without an answer.",
                )
                .with_details(exit.stderr),
            ),
            None => None,
        };
        let complete = exit.code == Some(0) && failure.is_none();
        Ending {
            complete,
            text: if complete {
                self.answer.trim().to_owned()
            } else {
                String::new()
            },
            failure,
            ..Ending::default()
        }
    }
}

cm_sdk::export_engine!(Auggie);
