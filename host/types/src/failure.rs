use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why something did not work, for a person and for the retry rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// A stable, machine-readable name in kebab-case, for example `not-signed-in`.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
    /// Whether the same request may succeed if it is simply sent again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retry: bool,
    /// How long to wait before that, in milliseconds, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
    /// More for a person: an error text as it came, a list of what is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

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

    /// The same, with more for a person.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }
}

/// What went wrong, by who has to act on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "error", content = "failure")]
pub enum Error {
    /// The request itself is wrong; sending it again changes nothing.
    Invalid(Failure),
    /// Not permitted: a grant is missing, or somebody is not signed in.
    Denied(Failure),
    /// Something named does not exist: a program, a file, a session.
    Missing(Failure),
    /// It should work and does not at the moment: overload, network, a crash.
    Unavailable(Failure),
    /// A limit was reached: usage, budget, time, memory, size.
    Exhausted(Failure),
    /// Somebody stopped it.
    Cancelled,
    /// Anything else; `code` tells.
    Other(Failure),
}

impl Error {
    /// What is known about it; nothing for `Cancelled`.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Invalid(failure)
            | Self::Denied(failure)
            | Self::Missing(failure)
            | Self::Unavailable(failure)
            | Self::Exhausted(failure)
            | Self::Other(failure) => Some(failure),
            Self::Cancelled => None,
        }
    }

    /// Whether the same request may succeed if it is simply sent again.
    pub fn retry(&self) -> bool {
        self.failure().is_some_and(|failure| failure.retry)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.failure() {
            Some(failure) => f.write_str(&failure.message),
            None => f.write_str("cancelled"),
        }
    }
}

impl std::error::Error for Error {}

/// An item without a field or case of its own yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Extension {
    /// What it is: `VENDOR/NAME`, or a bare name for the project's own.
    pub kind: String,
    /// JSON.
    pub body: String,
}
