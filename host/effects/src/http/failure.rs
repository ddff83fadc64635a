//! What a request came to that has no answer.

use std::io::ErrorKind;

use cm_types::Failure;
use ureq::{Error, Timeout};

use super::AskLimits;

/// Nothing, or nothing whole, came from the service.
pub(super) fn unreachable(host: &str, error: &Error, limits: AskLimits) -> Failure {
    let why = match error {
        Error::HostNotFound => "there is no such host".to_owned(),
        Error::Timeout(what) => timed_out(*what, limits),
        Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
            ErrorKind::TimedOut => "it does not answer".to_owned(),
            _ => error.to_string(),
        },
        Error::LargeResponseHeader(_, most) => {
            let message = format!("`{host}` sent a head of more than {most} bytes");
            return Failure::new("not-an-api", message);
        }
        Error::Rustls(error) => {
            let message = format!(
                "`{host}` cannot be trusted: {error}; check the address, and whether your company's certificates are installed on this machine"
            );
            return Failure::new("network", message);
        }
        other => other.to_string(),
    };
    let message =
        format!("`{host}` could not be reached: {why}; check the network and the address");
    Failure::new("network", message).retryable()
}

/// The answer stopped in its middle.
pub(super) fn cut(host: &str, error: &Error, limits: AskLimits) -> Failure {
    let why = match error {
        Error::Timeout(what) => timed_out(*what, limits),
        Error::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    let message = format!("the answer of `{host}` broke off in the middle: {why}");
    Failure::new("network", message).retryable()
}

fn timed_out(what: Timeout, limits: AskLimits) -> String {
    match what {
        Timeout::Connect | Timeout::Resolve => {
            format!(
                "it took longer than {} s to connect",
                limits.connect.as_secs()
            )
        }
        Timeout::Global | Timeout::PerCall => "the time of the turn is over".to_owned(),
        _ => format!("nothing came for {} s", limits.idle.as_secs_f64()),
    }
}

pub(super) fn broken(why: &str) -> Failure {
    Failure::new("network", format!("the request failed: {why}")).retryable()
}

pub(super) fn redirected(host: &str, to: &str, variable: Option<&str>) -> Failure {
    let to: String = to.chars().filter(|c| !c.is_control()).take(200).collect();
    let message = format!(
        "`{host}` sends us on to `{to}`, and a key is not carried after a redirect{}",
        advice(variable, "set the final address in")
    );
    Failure::new("redirected", message)
}

pub(super) fn page(host: &str, status: u16, variable: Option<&str>) -> Failure {
    let message = format!(
        "`{host}` answered with a web page (HTTP {status}) where a model's service was expected{}",
        advice(variable, "check the address in")
    );
    match status {
        // A gateway in front of the service that is down.
        500.. => Failure::new("api-error", message).retryable(),
        _ => Failure::new("not-an-api", message),
    }
}

fn advice(variable: Option<&str>, what: &str) -> String {
    variable.map_or_else(String::new, |name| format!("; {what} `{name}`"))
}

pub(super) fn too_large(host: &str, most: u64) -> Failure {
    let message = format!(
        "the answer of `{host}` is longer than {} MiB, and was not read to its end",
        most / (1024 * 1024)
    );
    Failure::new("answer-too-large", message)
}

pub(super) fn bad_request(why: &str) -> Failure {
    Failure::new("bad-request", format!("the request cannot be sent: {why}"))
}
