//! The end of a turn of Qwen Code.

use cm_sdk::engine::{Adapter, Ending, Events, Exit, Failure, Trouble, json};
use serde_json::Value;

use crate::{Qwen, SIGN_IN, Total};

impl Qwen {
    pub(crate) fn result(&mut self, line: &Value, events: &mut Events) {
        events.denied_in_all(json::list(line, "/permission_denials").len());
        let total = Total::from_usage(line.get("usage").unwrap_or(&Value::Null));
        // An error before the first answer has no count of the session before it.
        if total != Total::default() {
            let usage = total.since(self.after.or(self.before));
            if usage.input > 0 || usage.output > 0 {
                events.usage(usage);
            }
            self.after = Some(total);
        }
        self.spent = Total::default();
        let subtype = json::text(line, "/subtype");
        let complete = subtype == "success" && line.get("is_error") == Some(&Value::Bool(false));
        let mut ending = Ending {
            complete,
            reason: subtype.to_owned(),
            ..Ending::default()
        };
        if complete {
            self.release(events);
            events.session(json::text(line, "/session_id"));
            ending.text = json::text(line, "/result").to_owned();
        } else {
            let said = match json::text(line, "/error/message") {
                "" => json::text(line, "/result"),
                message => message,
            };
            self.trouble = Some(trouble(said));
        }
        self.ending = Some(ending);
    }

    pub(crate) fn end(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let mut ending = self.ending.take().unwrap_or_default();
        if self.spent != Total::default() {
            events.usage(self.spent.since(Some(Total::default())));
            self.after = self.after.or(self.before).map(|all| all.and(self.spent));
        }
        if !ending.complete {
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
        if exit.stderr.contains("Reached max session turns") {
            return Some(Failure::new(
                "max-turns",
                "The agent used all the turns it was given.",
            ));
        }
        let stopped = self.gave_up.then(|| trouble(&self.complaint));
        let said = self.trouble.clone().or(stopped);
        let trouble = said.clone().or_else(|| exit.complaint())?;
        events.limit_of(&trouble);
        trouble.failure(Self::NAME, SIGN_IN).or_else(|| {
            said.map(|said| {
                Failure::new("api-error", "Qwen Code ended with an error.").with_details(&said.text)
            })
        })
    }
}

/// `[API Error: 429 …]`: words of the service, with the status before them.
fn trouble(said: &str) -> Trouble {
    let status = said
        .split_once("[API Error: ")
        .and_then(|(_, rest)| rest.get(..3)?.parse().ok());
    Trouble {
        status,
        text: said.to_owned(),
        until_ms: None,
    }
}
