//! What answers mean that are not those hoped for.

use ureq::http::header;

use super::{Remote, http::Answer};
use crate::{Error, RegistryError};

impl Remote {
    pub(super) fn unreachable(&self, error: &ureq::Error) -> Error {
        self.out_of_reach(error.to_string())
    }

    pub(super) fn broken(&self, within: &str, error: &std::io::Error) -> Error {
        self.out_of_reach(format!("the connection broke within {within}: {error}"))
    }

    fn out_of_reach(&self, why: String) -> Error {
        let source_name = self.name();
        RegistryError::Unreachable { source_name, why }.into()
    }

    /// What an answer means that is not the one hoped for.
    pub(super) fn failed(&self, mut answer: Answer, action: &str) -> Error {
        let status = answer.status();
        let wait = answer.headers().get(header::RETRY_AFTER);
        let wait = wait.and_then(|wait| wait.to_str().ok()).map(shown);
        let said = self
            .body(&mut answer, "its answer", 64 << 10)
            .map(|body| words(&body))
            .unwrap_or_default();
        let source_name = self.name();
        match status.as_u16() {
            401 => self.unauthorized(false),
            403 => RegistryError::Forbidden {
                source_name,
                action: action.to_owned(),
                said,
            }
            .into(),
            429 => RegistryError::Busy {
                source_name,
                wait: wait.map(|wait| match wait.parse::<u64>() {
                    Ok(seconds) => format!("{seconds} s"),
                    Err(_) => format!("until {wait}"),
                }),
            }
            .into(),
            status @ 500.. => RegistryError::Server {
                source_name,
                action: action.to_owned(),
                status,
                said,
            }
            .into(),
            status => self.nonsense(if said.is_empty() {
                format!("to {action} it answers {status}")
            } else {
                format!("to {action} it answers {status}: {said}")
            }),
        }
    }

    pub(super) fn unauthorized(&self, known: bool) -> Error {
        let host = self.address.host.clone();
        let source_name = self.name();
        RegistryError::Unauthorized {
            source_name,
            host,
            known,
        }
        .into()
    }

    pub(super) fn nonsense(&self, why: String) -> Error {
        let source_name = self.name();
        RegistryError::Protocol { source_name, why }.into()
    }
}

/// The messages in an error body, made fit for a terminal.
fn words(body: &[u8]) -> String {
    let read: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let errors = read.get("errors").and_then(|errors| errors.as_array());
    let texts = errors.into_iter().flatten().filter_map(|error| {
        let text = error.get("message").or_else(|| error.get("code"))?;
        text.as_str().map(shown)
    });
    texts.take(3).collect::<Vec<_>>().join("; ")
}

/// What somebody else wrote, short and without control characters.
pub(super) fn shown(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(200).collect()
}
