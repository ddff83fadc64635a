//! The end of a turn of Gemini CLI.

use cm_sdk::engine::{Adapter, Ending, Events, Exit, Failure};

use crate::{Gemini, SIGN_IN};

impl Gemini {
    /// The exit code is the HTTP status modulo 256, or 0 when a signal ended the program:
    /// only the `result` counts.
    pub(crate) fn end(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let complete = self.status == "success" && self.refused.is_none();
        let failure = if complete {
            None
        } else {
            self.failure(exit, events)
        };
        Ending {
            complete,
            text: if complete && !self.apart {
                std::mem::take(&mut self.answer)
            } else {
                String::new()
            },
            reason: std::mem::take(&mut self.status),
            failure,
            options: Vec::new(),
        }
    }

    fn failure(&self, exit: &Exit<'_>, events: &mut Events) -> Option<Failure> {
        if let Some(refused) = &self.refused {
            return Some(spoiled(refused).with_details(refused));
        }
        let trouble = self.trouble.clone().or_else(|| self.gave_up.clone());
        if let Some(trouble) = trouble.or_else(|| exit.complaint()) {
            events.limit_of(&trouble);
            return trouble.failure(Self::NAME, SIGN_IN).or_else(|| {
                self.trouble.as_ref().map(|trouble| {
                    Failure::new("api-error", "Gemini CLI ended with an error.")
                        .with_details(&trouble.text)
                })
            });
        }
        (self.long && exit.code == Some(0)).then(|| {
            Failure::new(
                "prompt-too-long",
                "Gemini CLI ended without an answer; the prompt is probably longer than the model takes. Put what is long into a file of the project, and name the file.",
            )
        })
    }
}

/// An answer that the program itself would not let pass.
fn spoiled(said: &str) -> Failure {
    let lower = said.to_lowercase();
    if lower.starts_with("loop detected") {
        Failure::new(
            "loop-detected",
            "Gemini CLI stopped the agent, which did the same again and again.",
        )
    } else if lower.contains("turns exceeded") {
        Failure::new("max-turns", "The agent used all the turns it was given.")
    } else if lower.contains("token") {
        Failure::new(
            "max-tokens",
            "The answer was cut off at the model's limit of output tokens; ask for less at once.",
        )
    } else if lower.contains("safety") || lower.contains("blocked") || lower.contains("recitation")
    {
        Failure::new("refused", "The model's service stopped the answer.")
    } else {
        Failure::new("no-answer", "The model gave no answer that could be used.").retryable()
    }
}
