//! A wish to be allowed something.

use serde_json::json;

use super::Program;
use crate::quote::quoted;
use crate::script::Ask;

impl Program<'_> {
    /// Waits until it is told whether it may, and does it then.
    pub(super) fn ask(&mut self, ask: &Ask) {
        self.written += ask.tool.len() + ask.arguments.to_string().len();
        let id = self.call(&ask.tool, &ask.arguments);
        let mut line = json!({
            "type": "ask", "id": id.to_string(), "name": ask.tool, "arguments": ask.arguments,
        });
        if let Some(pattern) = &ask.pattern {
            line["pattern"] = pattern.as_str().into();
        }
        self.line(&line);
        self.command("read -r cm_answer; if [ \"$cm_answer\" = '\"granted\"' ]; then");
        let work = ask.run.as_deref().unwrap_or(":");
        let work = format!("exec 2>&1 </dev/null; sh -c {}", quoted(work));
        self.perform(id, &work);
        self.command("else");
        self.outcome(id, false, true, "denied: nobody allowed it");
        self.command("fi");
    }
}
