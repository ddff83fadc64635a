//! What else a request may carry.
//!
//! Named values that the host may put into `request.options`; an adapter that
//! does not know one ignores it:
//!
//! | name | value |
//! |---|---|
//! | `agent` | the name of the agent whose turn it is |
//! | `engine` | the name by which this engine was asked for; a component may serve several |
//! | `occurrence` | how often this agent was asked before in this run, from 0 |
//! | `previous` | a JSON object: the options of the last `finish` of the session that is resumed, names to values |
//! | `root` | `true` when the program will run as the superuser |
//! | `script` | for the engine `scripted`: the script, as JSON text |
//!
//! What an adapter puts into the options of its `finish`, it gets back as
//! `previous`: that is the memory of a session, which an adapter has nowhere
//! else. Every adapter carries on what it still needs.

use super::Request;

impl Request {
    /// The value of an option.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// An option that says yes: `true` or `1`.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.option(name), Some("true" | "1"))
    }

    /// The prompt for a program that takes no instructions beside it: they stand
    /// before it.
    pub fn instructed(&self) -> String {
        let instructions = self.instructions.as_deref().unwrap_or("").trim();
        match instructions {
            "" => self.prompt.clone(),
            _ => format!(
                "<instructions>\n{instructions}\n</instructions>\n\n{}",
                self.prompt
            ),
        }
    }

    /// A value that this adapter gave out at the end of the session's last turn.
    pub fn previous(&self, name: &str) -> Option<String> {
        let text = self.option("previous")?;
        let all: serde_json::Value = serde_json::from_str(text).ok()?;
        match all.get(name)? {
            serde_json::Value::String(value) => Some(value.clone()),
            other => Some(other.to_string()),
        }
    }
}
