//! What an error text of a program or of a model's service means.

use super::signs::SIGNS;
use super::wait::{Wait, wait};
use super::{Failure, RateLimit};

/// An error as a program reported it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trouble {
    /// The HTTP status, when one was given.
    pub status: Option<u16>,
    /// The words.
    pub text: String,
    /// When it will be over, when the program said so beside the words.
    pub until_ms: Option<f64>,
}

impl Trouble {
    /// From words alone.
    pub fn from_text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// The code of the failure, when the words or the status tell.
    pub fn code(&self) -> Option<&'static str> {
        let text = self.text.to_lowercase();
        let said = SIGNS
            .iter()
            .find(|(_, signs)| signs.iter().any(|sign| text.contains(sign)))
            .map(|(code, _)| *code);
        said.or(match self.status {
            Some(401 | 403) => Some("not-signed-in"),
            Some(402) => Some("no-credit"),
            Some(429) => Some("rate-limit"),
            Some(503 | 529) => Some("overloaded"),
            Some(400..) => Some("api-error"),
            _ => None,
        })
    }

    /// The failure, with a message for a person. `name` is the engine's name for
    /// people, `sign_in` is what to do when nobody is signed in.
    pub fn failure(&self, name: &str, sign_in: &str) -> Option<Failure> {
        let code = self.code()?;
        let message = match code {
            "no-credit" => format!(
                "The account that {name} uses has no credit left; add some, or use another account."
            ),
            "usage-limit" => format!(
                "The usage limit of the account that {name} uses is reached; go on when it resets."
            ),
            "rate-limit" => format!(
                "The service behind {name} takes no more requests from this account for now; try again later."
            ),
            "overloaded" => format!("The service behind {name} is overloaded; try again later."),
            "unknown-session" => format!(
                "{name} does not know the session that was to be resumed; start without it."
            ),
            "prompt-too-long" => format!(
                "The prompt is longer than the model behind {name} takes; shorten it, or use a model with more room."
            ),
            "bad-model" => format!(
                "{name} cannot use this model; name another one, or leave it to the program's own choice."
            ),
            "not-signed-in" => format!("{name} is not signed in: {sign_in}."),
            "bad-flag" => format!(
                "This version of {name} does not take the command line it was given; update it, or see `cm engines` for tested versions."
            ),
            "network" => format!(
                "{name} could not reach its service; check the network, a proxy and the base URL."
            ),
            _ => format!(
                "The service behind {name} answered with an error{}.",
                self.status_words()
            ),
        };
        let wait = self.wait();
        let temporary = matches!(
            code,
            "usage-limit" | "rate-limit" | "overloaded" | "network"
        ) || (code == "api-error"
            && self.status.is_some_and(|status| status >= 500));
        Some(Failure {
            retry: temporary,
            retry_after_ms: wait.after_ms.filter(|_| temporary),
            ..Failure::new(code, message).with_details(&self.text)
        })
    }

    /// The limit that this trouble is about, if it is about one. Its options may
    /// hold `retry-after-ms` (a time from now) or `resets` (a moment in the
    /// program's words); both need a clock, which adapters do not have.
    pub fn limit(&self) -> Option<RateLimit> {
        let scope = match self.code()? {
            "usage-limit" | "rate-limit" => "account",
            "overloaded" => "service",
            _ => return None,
        };
        let wait = self.wait();
        let mut options = Vec::new();
        if let Some(after) = wait.after_ms {
            options.push(("retry-after-ms".to_owned(), after.to_string()));
        }
        if let Some(words) = wait.words {
            options.push(("resets".to_owned(), words));
        }
        Some(RateLimit {
            until_ms: wait.until_ms,
            scope: scope.to_owned(),
            message: self.text.clone(),
            options,
        })
    }

    fn wait(&self) -> Wait {
        let said = wait(&self.text);
        match self.until_ms {
            Some(until_ms) => Wait {
                until_ms: Some(until_ms),
                ..said
            },
            None => said,
        }
    }

    fn status_words(&self) -> String {
        self.status
            .map_or_else(String::new, |status| format!(" (HTTP {status})"))
    }
}
