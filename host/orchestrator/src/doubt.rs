//! Successes that should not be believed without a look.

use cm_types::{Reply, Work};

use crate::Task;

/// The option of a proof's reply that names the agent that said it was done and had not
/// used a single tool.
pub const IDLE: &str = "idle-agent";
/// The option of a turn's reply that counts what its engine did not allow.
const DENIED: &str = "denied";

impl Task {
    /// Why what it says of its own success is in doubt.
    pub fn doubt(&self) -> Option<String> {
        let reply = self.result()?.as_ref().ok()?;
        match &self.work {
            Work::Turn(turn) => {
                let what = self.refused(reply)?;
                let agent = &turn.agent;
                Some(format!("`{agent}` says that it is done, and {what}"))
            }
            Work::Proof(_) => {
                let agent = option(reply, IDLE)?;
                Some(format!(
                    "`{agent}` says that it is done, and has not used a single tool"
                ))
            }
            _ => None,
        }
    }

    /// What it was not allowed to do.
    fn refused(&self, reply: &Reply) -> Option<String> {
        if !self.denied.is_empty() {
            let tools = self.denied.join(", ");
            return Some(format!("was not allowed to use: {tools}"));
        }
        match option(reply, DENIED)? {
            "0" => None,
            "1" => Some("was not allowed to use a tool".to_owned()),
            count => Some(format!("was not allowed to use a tool {count} times")),
        }
    }
}

fn option<'reply>(reply: &'reply Reply, name: &str) -> Option<&'reply str> {
    let mut options = reply.options.iter();
    let (_, value) = options.find(|(known, _)| known == name)?;
    Some(value)
}
