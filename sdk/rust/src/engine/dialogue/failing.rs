//! What is done about errors: asking again after a while, or giving up with a word on what
//! to do.

use serde_json::{Value, json};

use super::Dialogue;
use crate::engine::{Failure, Service, Trouble, json};

/// Longer than this is not waited for here: the host can do other things meanwhile.
const PATIENCE_MS: u32 = 60_000;

impl<S: Service> Dialogue<S> {
    /// The service has answered with an error.
    pub(super) fn error(&mut self) {
        let Some(head) = &self.head else {
            let failure = Failure::new("network", format!("{} did not answer.", S::NAME));
            return self.failed(failure.retryable(), None);
        };
        let status = head.status;
        let wait = retry_after(&head.headers);
        let text = String::from_utf8_lossy(&self.body).into_owned();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let own = self
            .service
            .as_ref()
            .and_then(|it| it.on_error(status, &body));
        if let Some(failure) = own {
            return self.give_up(failure);
        }
        let trouble = Trouble {
            // An error in a body that says that all is well.
            status: (status >= 400).then_some(status),
            text: words(&body).unwrap_or(text),
            until_ms: None,
        };
        self.trouble(&trouble, wait);
    }

    /// Something that the service said is wrong.
    pub(super) fn trouble(&mut self, trouble: &Trouble, wait: Option<u32>) {
        let mut failure = failure::<S>(trouble);
        failure.retry_after_ms = wait.filter(|_| failure.retry).or(failure.retry_after_ms);
        self.failed(failure, Some(trouble));
    }

    /// Asks again, when that may help, or gives up.
    pub(super) fn failed(&mut self, failure: Failure, trouble: Option<&Trouble>) {
        let wait = failure.retry_after_ms;
        let usual = 1000_u32.saturating_mul(4_u32.saturating_pow(self.tries));
        let wait_ms = wait.unwrap_or(usual);
        // A limit of the account does not go away in a minute.
        let hopeless = failure.code == "usage-limit" || wait_ms > PATIENCE_MS;
        if failure.retry && self.tries < self.most_tries && !hopeless {
            self.tries += 1;
            let more = json!({
                "code": failure.code, "attempt": self.tries, "wait-ms": wait_ms,
                "details": failure.details,
            });
            self.events.retry(&failure.message, more);
            // It was short enough the last time.
            let _ = self.ask(wait_ms);
            return;
        }
        if let Some(mut limit) = trouble.and_then(Trouble::limit) {
            let known = limit
                .options
                .iter()
                .any(|(name, _)| name == "retry-after-ms");
            if let (Some(wait), false) = (wait, known) {
                let option = ("retry-after-ms".to_owned(), wait.to_string());
                limit.options.push(option);
            }
            self.events.limit(limit);
        }
        self.give_up(failure);
    }
}

/// What an error means for a person.
fn failure<S: Service>(trouble: &Trouble) -> Failure {
    let details =
        |code: &str, message: String| Failure::new(code, message).with_details(&trouble.text);
    let status = trouble.status.unwrap_or_default();
    let said = trouble.text.to_lowercase();
    let name = S::NAME;
    match (status, trouble.code()) {
        (413, _) => details(
            "prompt-too-long",
            format!("What was sent to {name} is longer than it takes; shorten the prompt."),
        ),
        (404, None | Some("api-error")) if said.contains("model") => details(
            "bad-model",
            format!("{name} does not know this model; name another one."),
        ),
        (404, None | Some("api-error")) => details(
            "not-an-api",
            format!("{name} has nothing at this address (HTTP 404); check the base URL."),
        ),
        (403, Some("not-signed-in")) => details(
            "denied",
            format!("{name} does not allow this with the key it was given."),
        ),
        (400 | 422, None | Some("api-error" | "bad-flag")) => details(
            "invalid",
            format!("{name} does not take this request (HTTP {status})."),
        ),
        (408 | 409 | 425, None | Some("api-error")) => details(
            "api-error",
            format!("{name} could not take the request just now (HTTP {status})."),
        )
        .retryable(),
        _ => trouble
            .failure(name, S::SIGN_IN)
            .unwrap_or_else(|| details("api-error", format!("{name} answered with an error."))),
    }
}

/// The words of an error's body, as most services form it.
fn words(body: &Value) -> Option<String> {
    let error = body.get("error").unwrap_or(body);
    let mut parts: Vec<&str> = Vec::new();
    for pointer in ["/message", "/type", "/code", "/status", ""] {
        let part = json::text(error, pointer);
        if !part.is_empty() && !parts.iter().any(|known| known.contains(part)) {
            parts.push(part);
        }
    }
    // OpenRouter hides what the model's own service has said.
    let raw = json::text(error, "/metadata/raw");
    if !raw.is_empty() {
        parts.push(raw);
    }
    let words: Vec<String> = parts
        .iter()
        .map(|part| part.chars().take(2000).collect())
        .collect();
    (!words.is_empty()).then(|| words.join(" · "))
}

/// How long the service wants to be left alone.
fn retry_after(headers: &[(String, String)]) -> Option<u32> {
    let header = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name == wanted);
        let number: f64 = found?.1.trim().parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number)
    };
    let ms = header("retry-after-ms").or_else(|| Some(header("retry-after")? * 1000.0))?;
    // A cast saturates.
    Some(ms.ceil() as u32)
}
