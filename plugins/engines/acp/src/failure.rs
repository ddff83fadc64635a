//! What goes wrong, and what to do about it.

use cm_sdk::engine::{Events, Failure, Trouble, json as read};
use serde_json::Value;

use crate::Acp;
use crate::session::Step;
use crate::settings::Purpose;

/// The agent wants somebody to sign in first.
const SIGN_IN_FIRST: i64 = -32000;
/// What was named is not there.
const NOT_FOUND: i64 = -32002;

impl Acp {
    /// The agent answered a request with an error.
    pub(crate) fn refused(&mut self, step: &Step, error: &Value, events: &mut Events) {
        self.speech.settle(events);
        let code = error.get("code").and_then(Value::as_i64).unwrap_or(0);
        let text = words(error);
        if let Step::Set(setting) = step {
            match setting.purpose() {
                Purpose::Effort => {
                    events.not_honoured("effort", &text);
                    return self.proceed(events);
                }
                Purpose::Model => {
                    let failure = Failure::new(
                        "bad-model",
                        format!(
                            "{} cannot use the model `{}`; name another one, or leave it to the program's own choice.",
                            self.preset.name,
                            setting.value()
                        ),
                    );
                    return self.fail(failure.with_details(&text), events);
                }
                // The agent asks then, and is answered.
                Purpose::Mode if !self.opening.needs_mode(self.preset) => {
                    events.notice(&text);
                    return self.proceed(events);
                }
                Purpose::Mode => {
                    let failure = Failure::new(
                        "unsupported",
                        format!(
                            "{} did not take the mode `{}`, which its permissions need; ask for other permissions, or name a mode with the option `mode`.",
                            self.preset.name,
                            setting.value()
                        ),
                    );
                    return self.fail(failure.with_details(&text), events);
                }
            }
        }
        if code == SIGN_IN_FIRST && *step == Step::Open && self.sign_in(events) {
            return;
        }
        // Agents say in many ways, or not at all, that a session is gone.
        let lost = self.opening.asked.is_some()
            && *step == Step::Open
            && (code == NOT_FOUND
                || matches!(
                    Trouble::from_text(&text).code(),
                    None | Some("unknown-session")
                ));
        let failure = if code == SIGN_IN_FIRST || *step == Step::Authenticate {
            self.not_signed_in(&text)
        } else if lost {
            Failure::new(
                "unknown-session",
                format!(
                    "{} cannot go on with the session that was to be resumed, which may be gone; start without it.",
                    self.preset.name
                ),
            )
            .with_details(&text)
        } else {
            let trouble = Trouble {
                status: u16::try_from(code)
                    .ok()
                    .filter(|code| (400..600).contains(code))
                    .or_else(|| status(&text)),
                text,
                until_ms: None,
            };
            self.trouble(&trouble, events)
        };
        self.fail(failure, events);
    }

    pub(crate) fn trouble(&self, trouble: &Trouble, events: &mut Events) -> Failure {
        events.limit_of(trouble);
        let name = self.preset.name;
        trouble
            .failure(name, self.preset.sign_in)
            .unwrap_or_else(|| {
                Failure::new("api-error", format!("{name} ended with an error."))
                    .with_details(&trouble.text)
            })
    }

    fn not_signed_in(&self, text: &str) -> Failure {
        let preset = self.preset;
        let ways = match self.opening.ways.as_slice() {
            [] => String::new(),
            ways => format!(
                " (it offers {}; name one with the option `auth` to have it taken)",
                ways.join(", ")
            ),
        };
        Failure::new(
            "not-signed-in",
            format!(
                "{} is not signed in: {}{ways}.",
                preset.name, preset.sign_in
            ),
        )
        .with_details(text)
    }

    pub(crate) fn other_version(&mut self, version: Option<u64>, events: &mut Events) {
        let name = self.preset.name;
        let speaks = version.map_or_else(
            || "does not say which version of the Agent Client Protocol it speaks".to_owned(),
            |version| format!("speaks version {version} of the Agent Client Protocol"),
        );
        let failure = Failure::new(
            "bad-protocol",
            format!(
                "{name} {speaks}; this adapter speaks version 1. Update the one that is older."
            ),
        );
        self.fail(failure, events);
    }

    pub(crate) fn cannot_go_on(&mut self, fork: bool, events: &mut Events) {
        let name = self.preset.name;
        let message = if fork {
            format!("{name} cannot fork a conversation; go on with it, or start a new one.")
        } else {
            format!("{name} cannot go on with an earlier conversation; start a new one.")
        };
        self.fail(Failure::new("unsupported", message), events);
    }

    pub(crate) fn no_session(&mut self, events: &mut Events) {
        let message = format!("{} opened a session without a name.", self.preset.name);
        self.fail(Failure::new("bad-protocol", message), events);
    }
}

/// All that an error says.
fn words(error: &Value) -> String {
    let message = read::text(error, "/message");
    let data = match error.get("data") {
        Some(Value::String(text)) => text.clone(),
        Some(data) => ["/details", "/message", "/error/message", "/reason"]
            .iter()
            .map(|place| read::text(data, place))
            .find(|text| !text.is_empty())
            .unwrap_or("")
            .to_owned(),
        None => String::new(),
    };
    match (message, data.as_str()) {
        ("", data) => data.to_owned(),
        (message, "") => message.to_owned(),
        (message, data) => format!("{message}: {data}"),
    }
}

/// The HTTP status in words such as `401 invalid x-api-key` or `… (HTTP 429)`.
pub(crate) fn status(text: &str) -> Option<u16> {
    let http = text.split("HTTP ").nth(1);
    let first = http.or(Some(text))?;
    let digits: String = first.chars().take_while(char::is_ascii_digit).collect();
    digits
        .parse()
        .ok()
        .filter(|status| (400..600).contains(status))
}
