//! What persons say to a run: at the terminal that drives it, or at another one.

use cm_journal::Message;
use cm_orchestrator::Input;
use cm_types::Extension;
use serde_json::json;

use crate::ledger::Ledger;

impl Ledger {
    /// Takes a message. One that is refused is noted, so that whoever said it can see
    /// why nothing came of it.
    pub(crate) fn hear(&self, message: Message) {
        let said = serde_json::to_value(&message).unwrap_or_default();
        let Some(input) = message.input() else {
            return;
        };
        if let Some(failure) = self.input(input).refused {
            let body = json!({ "message": said, "code": failure.code, "why": failure.message });
            let item = Extension {
                kind: "refused".into(),
                body: body.to_string(),
            };
            self.input(Input::Note { task: None, item });
        }
    }
}
