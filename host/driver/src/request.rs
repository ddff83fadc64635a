//! What the adapter is asked.

use cm_effects::Scratch;
use cm_orchestrator::Attempt;
use cm_types::{Digest, Error, Failure, McpServer, Permissions, TurnRequest, TurnWork};

use crate::{floor::Floor, workspace::Workspace};

impl Floor {
    pub(crate) fn request(
        &self,
        attempt: &Attempt,
        work: &TurnWork,
        workspace: &Workspace,
        scratch: &Scratch,
        mcp_servers: Vec<McpServer>,
    ) -> Result<TurnRequest, Error> {
        let mut options = vec![
            ("agent".to_owned(), work.agent.clone()),
            ("occurrence".to_owned(), attempt.occurrence.to_string()),
        ];
        if cm_effects::is_root() {
            options.push(("root".to_owned(), "true".to_owned()));
        }
        let script = self.setting("script");
        options.extend(script.map(|script| ("script".to_owned(), script)));
        let previous = work
            .session
            .as_deref()
            .and_then(|session| self.previous(session));
        options.extend(previous.map(|previous| ("previous".to_owned(), previous)));
        options.extend(work.options.iter().cloned());
        Ok(TurnRequest {
            prompt: work.prompt.clone(),
            model: work.model.clone(),
            effort: work.effort.clone(),
            session: work.session.clone(),
            new_session: uuid(&attempt.idempotency, attempt.attempt),
            permissions: permissions(work.permissions.as_deref())?,
            mcp_servers,
            directory: workspace.directory.display().to_string(),
            scratch: scratch.path().display().to_string(),
            instructions: work.instructions.clone(),
            schema: work.schema.clone(),
            options,
        })
    }

    /// What the adapter gave out at the end of this conversation's last turn.
    fn previous(&self, session: &str) -> Option<String> {
        let given = || {
            self.ledger.look(|run| {
                let replies = run
                    .tasks
                    .iter()
                    .filter_map(|task| task.result()?.as_ref().ok());
                let mut replies = replies.rev();
                let last = replies.find(|reply| reply.session.as_deref() == Some(session))?;
                Some(last.options.clone())
            })
        };
        let options = self.bench.previous(session).or_else(given)?;
        let options: serde_json::Map<_, _> = options
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
        Some(serde_json::Value::Object(options).to_string())
    }
}

fn permissions(name: Option<&str>) -> Result<Permissions, Error> {
    match name {
        None | Some("workspace-write") => Ok(Permissions::WorkspaceWrite),
        Some("read-only") => Ok(Permissions::ReadOnly),
        Some("full") => Ok(Permissions::Full),
        Some(other) => {
            let message = format!(
                "`{other}` is no permission; expected `read-only`, `workspace-write` or `full`"
            );
            Err(Error::Invalid(Failure::new("bad-permissions", message)))
        }
    }
}

/// A version 4 UUID that is the same for the same attempt and no other: an engine
/// refuses a conversation's name that it has seen before.
fn uuid(idempotency: &str, attempt: u32) -> String {
    let hex = Digest::of(format!("{idempotency} {attempt}").as_bytes()).hex();
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_form() {
        let uuid = uuid("key", 1);
        let parts: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_ne!(uuid, super::uuid("key", 2));
    }
}
