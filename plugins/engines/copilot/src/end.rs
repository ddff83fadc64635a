//! The end of a turn of Copilot CLI.

use cm_sdk::engine::{Adapter, Ending, Events, Exit, Failure};
use serde_json::Value;

use crate::{Copilot, SIGN_IN, Total};

impl Copilot {
    /// The file with what was used: the whole session's, in tokens of each model.
    pub(crate) fn usage(&mut self, content: &[u8], events: &mut Events) {
        let Ok(file) = serde_json::from_slice::<Value>(content) else {
            return;
        };
        let Some(models) = file.get("modelMetrics").and_then(Value::as_object) else {
            return;
        };
        let total = models
            .values()
            .filter_map(|model| model.get("usage"))
            .map(Total::from_usage)
            .fold(Total::default(), Total::and);
        // A turn that failed at once may have none, though the session had.
        if total == Total::default() {
            return;
        }
        let usage = total.since(self.after.or(self.before));
        self.after = Some(total);
        if usage.input > 0 || usage.output > 0 {
            events.usage(usage);
        }
    }

    /// A program that was told to stop ends with 0, and its `result` says 0 too.
    pub(crate) fn end(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let complete = self.result == Some(0) && !self.aborted;
        let mut ending = Ending {
            complete,
            reason: match (self.aborted, self.result) {
                (true, _) => "aborted",
                (false, Some(0)) => "completed",
                (false, Some(_)) => "error",
                (false, None) => "",
            }
            .to_owned(),
            ..Ending::default()
        };
        if complete {
            ending.text = std::mem::take(&mut self.answer);
        } else {
            ending.failure = self.failure(exit, events);
        }
        if let Some(total) = self.after.or(self.before) {
            ending
                .options
                .push(("usage-total".to_owned(), total.to_json()));
        }
        ending
    }

    fn failure(&self, exit: &Exit<'_>, events: &mut Events) -> Option<Failure> {
        if self.aborted {
            return Some(
                Failure::new(
                    "interrupted",
                    "Copilot CLI was interrupted before it had finished.",
                )
                .retryable(),
            );
        }
        let said = self.trouble.clone();
        let trouble = said.clone().or_else(|| exit.complaint())?;
        events.limit_of(&trouble);
        trouble.failure(Self::NAME, SIGN_IN).or_else(|| {
            said.map(|said| {
                Failure::new("api-error", "Copilot CLI ended with an error.")
                    .with_details(&said.text)
            })
        })
    }
}
