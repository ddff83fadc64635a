//! The end of a turn: what the agent says of it, and what went wrong.

use cm_sdk::engine::{Ending, Events, Exit, Failure, Trouble, json as read};
use serde_json::Value;

use crate::Acp;
use crate::failure::status;

impl Acp {
    /// The agent answered the prompt.
    pub(crate) fn prompted(&mut self, result: &Value, events: &mut Events) {
        self.speech.settle(events);
        self.calls.finish(events);
        self.tokens.settle(result, events);
        let reason = read::text(result, "/stopReason");
        let mut ending = Ending {
            reason: reason.to_owned(),
            ..Ending::default()
        };
        let name = self.preset.name;
        match (reason, self.speech.trouble()) {
            // A trouble that is told like a message, and is the last word.
            ("end_turn", Some(said)) if result.get("usage").is_none() => {
                let trouble = Trouble {
                    status: status(said),
                    text: said.to_owned(),
                    until_ms: None,
                };
                ending.failure = Some(self.trouble(&trouble, events));
            }
            ("end_turn", _) => {
                ending.complete = true;
                ending.text = self.speech.answer().to_owned();
            }
            ("max_tokens", _) => {
                ending.failure = Some(Failure::new(
                    "max-tokens",
                    "The answer was cut off at the model's limit of output tokens; ask for less at once.",
                ));
            }
            ("max_turn_requests", _) => {
                ending.failure = Some(Failure::new(
                    "max-turns",
                    "The agent used all the turns it was given.",
                ));
            }
            ("refusal", _) => {
                ending.failure = Some(Failure::new("refused", "The model refused to answer."));
            }
            ("cancelled", _) => {
                ending.failure = Some(
                    Failure::new(
                        "interrupted",
                        format!("{name} was interrupted before it had finished."),
                    )
                    .retryable(),
                );
            }
            (other, _) => {
                ending.failure = Some(Failure::new(
                    "api-error",
                    format!(
                        "{name} ended its turn for a reason that is not known here: `{other}`."
                    ),
                ));
            }
        }
        self.leave(ending, events);
    }

    pub(crate) fn fail(&mut self, failure: Failure, events: &mut Events) {
        self.calls.finish(events);
        self.tokens.settle(&Value::Null, events);
        let ending = Ending {
            reason: failure.code.clone(),
            failure: Some(failure),
            ..Ending::default()
        };
        self.leave(ending, events);
    }

    /// There is no more to say to the agent, and nothing to hear.
    fn leave(&mut self, ending: Ending, events: &mut Events) {
        self.withdraw(events);
        self.ending = Some(ending);
        events.close_stdin();
        // Some agents stay when nobody speaks to them any more.
        events.done();
    }

    pub(crate) fn end(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let mut ending = match self.ending.take() {
            Some(ending) => ending,
            None => {
                self.speech.settle(events);
                self.calls.finish(events);
                self.tokens.settle(&Value::Null, events);
                let complaint = exit.complaint();
                Ending {
                    failure: complaint.and_then(|trouble| {
                        events.limit_of(&trouble);
                        trouble.failure(self.preset.name, self.preset.sign_in)
                    }),
                    ..Ending::default()
                }
            }
        };
        ending.options.extend(self.tokens.options());
        ending
    }
}
