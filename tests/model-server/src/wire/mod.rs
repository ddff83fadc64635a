//! The wire formats: from a request's body to a conversation, from an answer to bytes.

mod anthropic;
mod chat;
mod gemini;
mod responses;

use crate::answer::Answer;
use crate::conversation::Conversation;
use serde_json::{Value, json};

/// A vendor's API.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Api {
    Anthropic,
    Responses,
    Chat,
    Gemini,
}

/// The end of the path of a request whose answer is streamed.
const STREAM: &str = ":streamGenerateContent";

/// One server-sent event.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) event: Option<&'static str>,
    pub(crate) data: String,
}

impl Api {
    /// Only the end of the path counts: what stands before `/v1` tells engines apart.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            _ if path.ends_with("/messages") => Some(Self::Anthropic),
            _ if path.ends_with("/responses") => Some(Self::Responses),
            _ if path.ends_with("/chat/completions") => Some(Self::Chat),
            _ if path.ends_with(":generateContent") => Some(Self::Gemini),
            _ if path.ends_with(STREAM) => Some(Self::Gemini),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Responses => "responses",
            Self::Chat => "chat",
            Self::Gemini => "gemini",
        }
    }

    pub(crate) fn read(self, body: &Value, path: &str) -> Conversation {
        let mut talk = match self {
            Self::Anthropic => anthropic::read(body),
            Self::Responses => responses::read(body),
            Self::Chat => chat::read(body),
            Self::Gemini => gemini::read(body),
        };
        let (model, stream) = match self {
            Self::Gemini => (in_path(path), path.ends_with(STREAM)),
            _ => (body["model"].as_str(), body["stream"] == true),
        };
        talk.model = model.unwrap_or_default().to_owned();
        talk.stream = stream;
        talk
    }

    pub(crate) fn whole(self, answer: &Answer) -> Value {
        match self {
            Self::Anthropic => anthropic::whole(answer),
            Self::Responses => responses::whole(answer),
            Self::Chat => chat::whole(answer),
            Self::Gemini => gemini::whole(answer),
        }
    }

    pub(crate) fn frames(self, answer: &Answer, request: &Value) -> Vec<Frame> {
        match self {
            Self::Anthropic => anthropic::frames(answer),
            Self::Responses => responses::frames(answer),
            Self::Chat => chat::frames(answer, request),
            Self::Gemini => gemini::frames(answer),
        }
    }

    /// An error in the form that this API's clients look into.
    pub(crate) fn error(self, status: u16, message: &str) -> Value {
        let kind = match status {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            400..=499 => "invalid_request_error",
            _ => "api_error",
        };
        match self {
            Self::Anthropic => {
                json!({"type": "error", "error": {"type": kind, "message": message}})
            }
            Self::Gemini => {
                let kind = match status {
                    401 => "UNAUTHENTICATED",
                    403 => "PERMISSION_DENIED",
                    404 => "NOT_FOUND",
                    429 => "RESOURCE_EXHAUSTED",
                    503 | 529 => "UNAVAILABLE",
                    400..=499 => "INVALID_ARGUMENT",
                    _ => "INTERNAL",
                };
                json!({"error": {"code": status, "message": message, "status": kind}})
            }
            _ => json!({"error": {"type": kind, "message": message, "param": null, "code": kind}}),
        }
    }
}

/// The model in a path like `/v1beta/models/MODEL:generateContent`.
fn in_path(path: &str) -> Option<&str> {
    let (_, last) = path.rsplit_once('/')?;
    last.split_once(':').map(|(model, _)| model)
}
