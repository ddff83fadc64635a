//! The end of a turn of Pi.

use cm_sdk::engine::{Adapter, Ending, Events, Exit, Failure, Trouble};

use crate::{Pi, SIGN_IN};

impl Pi {
    /// The exit code is 0 for nearly every error: the last message's `stopReason` counts.
    pub(crate) fn end(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let complete = self.complete && self.reason == "stop";
        let failure = if complete {
            None
        } else {
            self.failure(exit, events)
        };
        Ending {
            complete,
            text: if complete {
                std::mem::take(&mut self.answer)
            } else {
                String::new()
            },
            reason: std::mem::take(&mut self.reason),
            failure,
            options: Vec::new(),
        }
    }

    fn failure(&self, exit: &Exit<'_>, events: &mut Events) -> Option<Failure> {
        match self.reason.as_str() {
            "length" => {
                return Some(Failure::new(
                    "max-tokens",
                    "The answer was cut off at the model's limit of output tokens; ask for less at once.",
                ));
            }
            "aborted" => {
                return Some(
                    Failure::new("interrupted", "Pi was interrupted before it had finished.")
                        .retryable(),
                );
            }
            _ => {}
        }
        let said = (self.reason == "error").then(|| trouble(&self.error));
        let trouble = match &said {
            Some(said) => said.clone(),
            None => exit.complaint().map(named)?,
        };
        events.limit_of(&trouble);
        trouble.failure(Self::NAME, SIGN_IN).or_else(|| {
            said.map(|said| {
                Failure::new("api-error", "Pi ended with an error.").with_details(&said.text)
            })
        })
    }
}

/// `429 Rate limit …`: words of the service, with the status before them.
fn trouble(said: &str) -> Trouble {
    Trouble {
        status: said
            .split_whitespace()
            .next()
            .filter(|word| word.len() == 3)
            .and_then(|word| word.parse().ok()),
        text: said.to_owned(),
        until_ms: None,
    }
}

/// A model that it does not know is named in the midst of the words.
fn named(mut complaint: Trouble) -> Trouble {
    if complaint.text.contains("Model \"") && complaint.text.contains("\" not found") {
        complaint.text.insert_str(0, "model not found: ");
    }
    complaint
}
