//! The wire formats: from a request's body to a conversation, from an answer to bytes.

mod anthropic;
mod chat;
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
}

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
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Responses => "responses",
            Self::Chat => "chat",
        }
    }

    pub(crate) fn read(self, body: &Value) -> Conversation {
        let mut talk = match self {
            Self::Anthropic => anthropic::read(body),
            Self::Responses => responses::read(body),
            Self::Chat => chat::read(body),
        };
        talk.model = body["model"].as_str().unwrap_or_default().to_owned();
        talk.stream = body["stream"] == true;
        talk
    }

    pub(crate) fn whole(self, answer: &Answer) -> Value {
        match self {
            Self::Anthropic => anthropic::whole(answer),
            Self::Responses => responses::whole(answer),
            Self::Chat => chat::whole(answer),
        }
    }

    pub(crate) fn frames(self, answer: &Answer, request: &Value) -> Vec<Frame> {
        match self {
            Self::Anthropic => anthropic::frames(answer),
            Self::Responses => responses::frames(answer),
            Self::Chat => chat::frames(answer, request),
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
            _ => json!({"error": {"type": kind, "message": message, "param": null, "code": kind}}),
        }
    }
}
