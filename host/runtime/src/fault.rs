use std::{fmt, time::Duration};

use cm_types::{Digest, Error, Failure};

use crate::Identity;

/// What kind of thing went wrong with a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The runtime itself could not be started.
    Engine,
    /// The component's file could not be read.
    Read,
    /// The component's file is not the one that was installed.
    Digest,
    /// It is no component, or one that cannot be compiled.
    Compile,
    /// It does not export what it is used for.
    Kind,
    /// It needs something that this host does not offer.
    Link,
    /// It gave up: `unreachable`, a division by zero, memory out of bounds.
    Trap,
    /// It asked its sandbox for something that is not there, or to exit.
    Refused,
    /// It recursed too deeply.
    StackOverflow,
    /// It used too many operations.
    OutOfFuel,
    /// It used too much memory.
    OutOfMemory,
    /// It ran for too long.
    Timeout,
    /// It handed over too much at once.
    TooMuchData,
    /// It handed over something that breaks the contract.
    Malformed,
    /// It was called again after an error.
    Over,
}

impl Fault {
    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Engine => "runtime",
            Self::Read => "component-unreadable",
            Self::Digest => "component-changed",
            Self::Compile => "not-a-component",
            Self::Kind => "wrong-kind",
            Self::Link => "unknown-import",
            Self::Trap => "trap",
            Self::Refused => "refused",
            Self::StackOverflow => "stack-overflow",
            Self::OutOfFuel => "out-of-fuel",
            Self::OutOfMemory => "out-of-memory",
            Self::Timeout => "timeout",
            Self::TooMuchData => "too-much-data",
            Self::Malformed => "malformed",
            Self::Over => "over",
        }
    }

    /// Whether a limit was reached.
    pub fn is_limit(self) -> bool {
        matches!(
            self,
            Self::StackOverflow
                | Self::OutOfFuel
                | Self::OutOfMemory
                | Self::Timeout
                | Self::TooMuchData
        )
    }
}

/// What went wrong with a component, and with which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeError(Box<Report>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Report {
    fault: Fault,
    guest: Option<(Identity, Digest)>,
    message: String,
    backtrace: Option<String>,
    output: String,
}

impl RuntimeError {
    /// An error of the runtime itself.
    pub(crate) fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self(Box::new(Report {
            fault,
            guest: None,
            message: message.into(),
            backtrace: None,
            output: String::new(),
        }))
    }

    pub(crate) fn of(mut self, identity: &Identity, digest: Digest) -> Self {
        self.0.guest = Some((identity.clone(), digest));
        self
    }

    pub(crate) fn with_backtrace(mut self, backtrace: Option<String>) -> Self {
        self.0.backtrace = backtrace;
        self
    }

    pub(crate) fn with_output(mut self, output: String) -> Self {
        self.0.output = output;
        self
    }

    /// What kind of thing went wrong.
    pub fn fault(&self) -> Fault {
        self.0.fault
    }

    /// Its stable name, for example `out-of-memory`.
    pub fn code(&self) -> &'static str {
        self.0.fault.code()
    }

    /// Whose component it was; none when the runtime itself failed.
    pub fn identity(&self) -> Option<&Identity> {
        self.0.guest.as_ref().map(|(identity, _)| identity)
    }

    /// The component's digest.
    pub fn digest(&self) -> Option<Digest> {
        self.0.guest.as_ref().map(|(_, digest)| *digest)
    }

    /// What happened, without saying to whom.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where in the component it happened, the innermost function first.
    pub fn backtrace(&self) -> Option<&str> {
        self.0.backtrace.as_deref()
    }

    /// What the guest had printed and nobody had read: often its own account of what
    /// went wrong.
    pub fn output(&self) -> &str {
        &self.0.output
    }
}

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.guest {
            Some((identity, digest)) => {
                write!(f, "the component {identity} ({}): ", digest.short())?;
            }
            None => f.write_str("the WebAssembly runtime: ")?,
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for RuntimeError {}

impl From<RuntimeError> for Error {
    fn from(error: RuntimeError) -> Self {
        let mut failure = Failure::new(error.code(), error.to_string());
        let mut details = Vec::new();
        details.extend(error.digest().map(|digest| digest.to_string()));
        details.extend(error.backtrace().map(str::to_owned));
        if !error.output().is_empty() {
            details.push(format!("it had printed:\n{}", error.output()));
        }
        if !details.is_empty() {
            failure = failure.with_details(details.join("\n"));
        }
        match error.fault() {
            fault if fault.is_limit() => Self::Exhausted(failure),
            Fault::Read => Self::Missing(failure),
            Fault::Refused => Self::Denied(failure),
            Fault::Digest | Fault::Compile | Fault::Kind | Fault::Link => Self::Invalid(failure),
            _ => Self::Other(failure),
        }
    }
}

/// A length of time for people.
pub(crate) fn span(time: Duration) -> String {
    if time.as_millis() < 1000 {
        format!("{} ms", time.as_millis())
    } else {
        format!("{} s", time.as_secs_f64())
    }
}
