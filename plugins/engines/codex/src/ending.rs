//! The end of a turn.

use cm_sdk::engine::{Adapter, Ending, Events, Exit, Failure, json as read};
use serde_json::Value;

use crate::{Codex, SIGN_IN};

impl Codex {
    /// Codex says that the turn is over.
    pub(crate) fn finished(&mut self, params: &Value, events: &mut Events) {
        if !self.turn.is_empty() && read::text(params, "/turn/id") != self.turn {
            return;
        }
        let reason = read::text(params, "/turn/status");
        let mut ending = Ending {
            reason: reason.to_owned(),
            ..Ending::default()
        };
        match reason {
            "completed" => {
                ending.complete = true;
                ending.text = self.speech.answer().to_owned();
            }
            "interrupted" => {
                ending.failure = Some(
                    Failure::new(
                        "interrupted",
                        "Codex was interrupted before it had finished.",
                    )
                    .retryable(),
                );
            }
            _ => {
                let error = params.pointer("/turn/error");
                let error = error.filter(|error| error.is_object());
                let error = error.unwrap_or(&self.error).clone();
                ending.failure = Some(self.failure(&error, events));
            }
        }
        self.leave(ending, events);
    }

    pub(crate) fn fail(&mut self, failure: Failure, events: &mut Events) {
        let ending = Ending {
            reason: failure.code.clone(),
            failure: Some(failure),
            ..Ending::default()
        };
        self.leave(ending, events);
    }

    /// There is no more to say to Codex, and nothing to hear.
    fn leave(&mut self, ending: Ending, events: &mut Events) {
        self.calls.finish(events);
        self.ending = Some(ending);
        events.close_stdin();
        events.done();
    }

    pub(crate) fn end(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let mut ending = match self.ending.take() {
            Some(ending) => ending,
            None => self.broken_off(exit, events),
        };
        // What it was not told, it does not know.
        if !self.turn.is_empty() {
            ending.options = self.opening.options();
        }
        ending
    }

    /// The program left without a word.
    fn broken_off(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        self.calls.finish(events);
        let failure = if self.error.is_object() {
            Some(self.failure(&self.error, events))
        } else {
            exit.complaint().and_then(|trouble| {
                events.limit_of(&trouble);
                trouble.failure(Self::NAME, SIGN_IN)
            })
        };
        Ending {
            failure,
            ..Ending::default()
        }
    }
}
