//! The end of a turn, and what is remembered of it.

use serde_json::{Value, json};

use super::Dialogue;
use crate::engine::{Action, Error, Event, Failure, Finish, Request, Service};

/// The option of `finish` that holds the conversation.
const MEMORY: &str = "conversation";
/// A longer conversation is not kept.
const LONGEST: usize = 6 * 1024 * 1024;

impl<S: Service> Dialogue<S> {
    pub(super) fn succeed(&mut self, text: String, reason: String) {
        self.finish(text, reason, None);
    }

    pub(super) fn give_up(&mut self, failure: Failure) {
        self.finish(String::new(), failure.code.clone(), Some(failure));
    }

    fn finish(&mut self, text: String, reason: String, failure: Option<Failure>) {
        let mut options = Vec::new();
        if let Some(service) = &self.service {
            let kept = json!({ "engine": S::describe().id, "messages": service.conversation() });
            let kept = kept.to_string();
            match kept.len() > LONGEST {
                true => self
                    .events
                    .notice("the conversation is too long to be gone on with"),
                false => options.push((MEMORY.to_owned(), kept)),
            }
        }
        options.extend(self.events.options());
        self.events.action(Action::Emit(Event::Finish(Finish {
            ok: failure.is_none(),
            text,
            reason,
            failure,
            options,
        })));
        self.finished = true;
    }
}

/// What was said before in the session that is resumed.
pub(super) fn remembered<S: Service>(request: &Request) -> Result<Vec<Value>, Error> {
    let Some(session) = &request.session else {
        return Ok(Vec::new());
    };
    let kept = request.previous(MEMORY).unwrap_or_default();
    let mut kept: Value = serde_json::from_str(&kept).unwrap_or_default();
    let ours = kept.get("engine").and_then(Value::as_str) == Some(&*S::describe().id);
    match kept.get_mut("messages").map(Value::take) {
        Some(Value::Array(messages)) if ours => Ok(messages),
        _ => Err(Error::Missing(Failure::new(
            "unknown-session",
            format!(
                "The conversation `{session}` is not known any more; start without it. {} keeps conversations only with the run in which they were held.",
                S::NAME
            ),
        ))),
    }
}
