//! Ways to say what went wrong.

use super::{Error, Failure};

impl Failure {
    /// A failure that sending again would not mend.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            retry: false,
            retry_after_ms: None,
            details: None,
        }
    }

    /// The same, worth another try.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retry = true;
        self
    }

    /// The same, with a text as it came; an empty one changes nothing.
    #[must_use]
    pub fn with_details(mut self, details: &str) -> Self {
        let details = details.trim();
        if !details.is_empty() {
            self.details = Some(details.to_owned());
        }
        self
    }
}

impl Error {
    /// The request is wrong in itself.
    pub fn invalid_request(code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(Failure::new(code, message))
    }

    /// What was asked for restricts the agent, and this program cannot hold it back.
    /// The message says what to do instead.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::invalid_request("unsupported", message)
    }
}
