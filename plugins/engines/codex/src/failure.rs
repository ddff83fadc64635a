//! What goes wrong, and what to do about it.

use cm_sdk::engine::{Adapter, Events, Failure, Trouble, json as read};
use serde_json::Value;

use crate::session::Step;
use crate::{Codex, SIGN_IN};

/// Codex's names of errors, and words by which they are known everywhere.
const KNOWN: &[(&str, &str)] = &[
    ("usageLimitExceeded", "usage limit"),
    ("rateLimitExceeded", "rate limit"),
    ("contextWindowExceeded", "context window"),
    ("modelNotFound", "model not found"),
    ("unauthorized", "not logged in"),
    ("serverOverloaded", "overloaded"),
    ("policyCapacityUnavailable", "at capacity"),
    ("flexUnavailable", "at capacity"),
];
/// Errors that are a refusal.
const REFUSALS: &[&str] = &[
    "cyberPolicy",
    "misalignmentPolicyViolation",
    "tooManyDenials",
];

impl Codex {
    /// A turn ended with this error.
    pub(crate) fn failure(&self, error: &Value, events: &mut Events) -> Failure {
        let info = error.get("codexErrorInfo").unwrap_or(&Value::Null);
        let message = words(error);
        if message.contains("max_output_tokens") {
            return Failure::new(
                "max-tokens",
                "The answer was cut off at the model's limit of output tokens; ask for less at once.",
            )
            .with_details(&message);
        }
        if info.as_str().is_some_and(|info| REFUSALS.contains(&info)) {
            let refused = Failure::new("refused", "The service or the model refused to go on.");
            return refused.with_details(&message);
        }
        let mut trouble = Trouble {
            status: status(info),
            text: message,
            until_ms: None,
        };
        self.clarify(&mut trouble, info);
        let limit = matches!(trouble.code(), Some("usage-limit" | "rate-limit"));
        trouble.until_ms = self.limits.until_ms().filter(|_| limit);
        events.limit_of(&trouble);
        trouble.failure(Self::NAME, SIGN_IN).unwrap_or_else(|| {
            Failure::new("api-error", "Codex ended with an error.").with_details(&trouble.text)
        })
    }

    /// Says in words what Codex's name of the error or the status means.
    fn clarify(&self, trouble: &mut Trouble, info: &Value) {
        if !matches!(trouble.code(), None | Some("api-error")) {
            return;
        }
        let named = info.as_str().unwrap_or("");
        let text = trouble.text.to_lowercase();
        let no_model = text.contains("model") && text.contains("does not exist");
        let said = match KNOWN.iter().find(|(name, _)| *name == named) {
            Some((_, said)) => said,
            None if no_model => "model not found",
            None => return,
        };
        trouble.text = format!("{} ({said})", trouble.text);
    }

    /// Codex answered a request with an error.
    pub(crate) fn refused(&mut self, step: Step, error: &Value, events: &mut Events) {
        let text = words(error);
        let trouble = Trouble::from_text(&text);
        let server = text.contains("MCP server");
        // Codex says in many ways that a session is not there.
        let lost = self.opening.goes_on()
            && step == Step::Thread
            && !server
            && matches!(trouble.code(), None | Some("unknown-session"));
        let failure = if lost {
            Failure::new(
                "unknown-session",
                "Codex does not know the session that was to be resumed; start without it.",
            )
            .with_details(&text)
        } else if step == Step::Thread && server {
            Failure::new(
                "server-failed",
                "A server of tools that the turn needs did not start.",
            )
            .with_details(&text)
        } else if step == Step::Initialize {
            Failure::new(
                "bad-protocol",
                "This version of Codex does not speak as this adapter does; update it, or see `cm engines` for tested versions.",
            )
            .with_details(&text)
        } else {
            events.limit_of(&trouble);
            trouble.failure(Self::NAME, SIGN_IN).unwrap_or_else(|| {
                Failure::new("api-error", "Codex refused the turn.").with_details(&text)
            })
        };
        self.fail(failure, events);
    }

    pub(crate) fn no_thread(&mut self, events: &mut Events) {
        let failure = Failure::new(
            "bad-protocol",
            "Codex began a conversation without a name; update it, or see `cm engines` for tested versions.",
        );
        self.fail(failure, events);
    }
}

/// All that an error says.
fn words(error: &Value) -> String {
    let details = read::text(error, "/additionalDetails");
    match (read::text(error, "/message"), details) {
        (message, "") => message.to_owned(),
        (message, details) => format!("{message}: {details}"),
    }
}

/// The HTTP status that stands in one of Codex's names of errors.
fn status(info: &Value) -> Option<u16> {
    let known = match info.as_str() {
        Some("unauthorized") => Some(401),
        Some("internalServerError") => Some(500),
        Some("badRequest") => Some(400),
        _ => None,
    };
    let told = || {
        let (_, more) = info.as_object()?.iter().next()?;
        u16::try_from(more.get("httpStatusCode")?.as_u64()?).ok()
    };
    known.or_else(told)
}
