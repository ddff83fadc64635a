//! From what the rooms report to what a workflow is told.

use std::time::Duration;

use cm_effects::{EndedBy, LaunchError};
use cm_orchestrator::{Clock, spoken};
use cm_runtime::{RuntimeError, TurnError};
use cm_types::{Error, Failure, Finish};

use crate::times;

/// A program that could not be started. `install` says how to get it.
pub(crate) fn launch(error: &LaunchError, install: Option<&str>) -> Error {
    let mut failure = Failure::new("not-started", error.to_string());
    match error {
        LaunchError::NotInstalled { .. } => {
            failure.code = "not-installed".into();
            if let Some(install) = install {
                failure.message = format!("{}; install it: {install}", failure.message);
            }
            Error::Missing(failure)
        }
        LaunchError::NotExecutable { .. } | LaunchError::Directory { .. } => {
            Error::Missing(failure)
        }
        error if error.passing() => Error::Unavailable(failure.retryable()),
        _ => Error::Invalid(failure),
    }
}

/// A program that was ended from here; none when it ended by itself.
/// `clock` is the time that was over, and how long it was.
pub(crate) fn ended_by(
    program: &str,
    why: EndedBy,
    clock: Option<(Clock, Duration)>,
) -> Option<Error> {
    let time = clock.map(|(clock, time)| (spoken(times::whole(time)), clock.key()));
    let (time, key) = time.unwrap_or_default();
    let (code, what) = match why {
        EndedBy::Itself => return None,
        EndedBy::Stopped => return Some(Error::Cancelled),
        EndedBy::Timeout => (
            "timeout",
            format!("took longer than the {time} it may; set `{key}` at the step to allow more"),
        ),
        EndedBy::Idle => (
            "silent",
            format!(
                "said nothing for {time}, and was stopped; set `{key}` at the step to allow more"
            ),
        ),
        EndedBy::Flood => (
            "flood",
            "printed more than it may, and was stopped".to_owned(),
        ),
    };
    Some(Error::Exhausted(Failure::new(
        code,
        format!("`{program}` {what}"),
    )))
}

/// A component that misbehaved: with its digest, where it was, and what it had printed.
pub(crate) fn guest(error: &RuntimeError) -> Error {
    error.clone().into()
}

/// An adapter that refused its request, or misbehaved.
pub(crate) fn adapter(error: TurnError) -> Error {
    match error {
        TurnError::Guest(error) => error,
        TurnError::Runtime(error) => guest(&error),
    }
}

/// A turn that did not succeed, by who has to act on it. `limit_ms` is when the account
/// takes more again, if the engine said so.
pub(crate) fn turn(engine: &str, finish: &Finish, limit_ms: Option<u64>) -> Error {
    let mut failure = finish.failure.clone().unwrap_or_else(|| {
        let message = format!("{engine} did not finish its turn: {}", finish.reason);
        Failure::new("unfinished", message)
    });
    if failure.code == "usage-limit"
        && let Some(limit_ms) = limit_ms
    {
        let wait = limit_ms.saturating_sub(cm_effects::timer::now_ms());
        failure.retry = true;
        failure.retry_after_ms = Some(u32::try_from(wait).unwrap_or(u32::MAX));
    }
    match failure.code.as_str() {
        "cancelled" => Error::Cancelled,
        "not-signed-in" | "denied" => Error::Denied(failure),
        "unknown-session" | "bad-model" | "not-installed" => Error::Missing(failure),
        "bad-flag" | "invalid" | "unsupported" | "redirected" | "not-an-api" | "bad-address"
        | "bad-request" => Error::Invalid(failure),
        "busy" | "overloaded" | "api-error" | "network" => Error::Unavailable(failure),
        "usage-limit" | "rate-limit" | "no-credit" | "max-tokens" | "max-turns"
        | "prompt-too-long" | "answer-too-large" | "timeout" => Error::Exhausted(failure),
        _ => Error::Other(failure),
    }
}

/// The same with what the agent said last, for whoever goes on in its place.
pub(crate) fn with_last_words(error: Error, said: &str) -> Error {
    let said = said.trim();
    let handed_on = |mut failure: Failure| {
        let known = failure.details.take();
        let known = known.filter(|known| !known.contains(said));
        failure.details = Some(match known {
            Some(known) => format!("{said}\n\n{known}"),
            None => said.to_owned(),
        });
        failure
    };
    match error {
        error if said.is_empty() => error,
        Error::Exhausted(failure) => Error::Exhausted(handed_on(failure)),
        Error::Unavailable(failure) => Error::Unavailable(handed_on(failure)),
        error => error,
    }
}

/// An adapter that does what none may do.
pub(crate) fn misbehaved(what: &str) -> Error {
    Error::Other(Failure::new(
        "bad-adapter",
        format!("the engine's adapter {what}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_on_is_told_what_was_said_last() {
        let limit = || Failure::new("usage-limit", "no more");
        let details = |error: Error| error.failure().and_then(|it| it.details.clone());
        let said = |failure, said| details(with_last_words(Error::Exhausted(failure), said));
        assert_eq!(
            said(limit(), " I had begun. \n").as_deref(),
            Some("I had begun.")
        );
        assert_eq!(said(limit(), ""), None);
        let both = said(limit().with_details("stderr"), "I had begun.");
        assert_eq!(both.as_deref(), Some("I had begun.\n\nstderr"));
        let other = with_last_words(Error::Other(limit()), "I had begun.");
        assert_eq!(details(other), None);
    }
}
