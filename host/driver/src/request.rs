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
            // A component may serve several engines.
            ("engine".to_owned(), self.engine_of(work)),
        ];
        let script = self.setting("script");
        options.extend(script.map(|script| ("script".to_owned(), script)));
        let previous = work
            .session
            .as_deref()
            .and_then(|session| self.previous(session));
        options.extend(previous.map(|previous| ("previous".to_owned(), previous)));
        options.extend(work.options.iter().cloned());
        let named = |name: &str| {
            let mut options = work.options.iter();
            options.find_map(|(key, value)| (key == name).then_some(value.as_str()))
        };
        Ok(TurnRequest {
            prompt: work.prompt.clone(),
            model: work.model.clone(),
            effort: work.effort.clone(),
            session: work.session.clone(),
            fork: truth("fork", named("fork"))?,
            new_session: uuid(&attempt.idempotency, attempt.attempt),
            permissions: permissions(work.permissions.as_deref())?,
            tools: listed("tools", named("tools"))?,
            mcp_servers,
            directory: workspace.directory.display().to_string(),
            directories: listed("directories", named("directories"))?,
            scratch: scratch.path().display().to_string(),
            instructions: work.instructions.clone(),
            schema: work.schema.clone(),
            max_turns: count("max-turns", named("max-turns"))?,
            options,
        })
    }

    /// What the adapter gave out at the end of this conversation's last turn.
    pub(crate) fn previous(&self, session: &str) -> Option<String> {
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
        let unfinished = || self.unfinished(session);
        let kept = self.bench.previous(session).or_else(unfinished);
        let options = kept.or_else(given)?;
        let options: serde_json::Map<_, _> = options
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
        Some(serde_json::Value::Object(options).to_string())
    }
}

/// A JSON list of texts. What is not understood is no reason to allow more.
fn listed(name: &str, json: Option<&str>) -> Result<Vec<String>, Error> {
    let Some(json) = json else {
        return Ok(Vec::new());
    };
    let list = serde_json::from_str(json);
    list.map_err(|_| bad_option(name, json, "a list of texts"))
}

fn count(name: &str, text: Option<&str>) -> Result<Option<u32>, Error> {
    let Some(text) = text else { return Ok(None) };
    match text.parse() {
        Ok(0) | Err(_) => Err(bad_option(name, text, "a whole number from 1")),
        Ok(count) => Ok(Some(count)),
    }
}

fn truth(name: &str, text: Option<&str>) -> Result<bool, Error> {
    match text {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(text) => Err(bad_option(name, text, "`true` or `false`")),
    }
}

fn bad_option(name: &str, text: &str, wanted: &str) -> Error {
    let short: String = text.chars().take(100).collect();
    let message = format!("the option `{name}` must be {wanted}, and is `{short}`");
    Error::Invalid(Failure::new("bad-option", message))
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
    fn what_restricts_is_understood_or_refused() {
        assert_eq!(listed("tools", None), Ok(vec![]));
        let two = Ok(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(listed("tools", Some(r#"["a","b"]"#)), two);
        assert_eq!(count("max-turns", Some("3")), Ok(Some(3)));
        assert_eq!(truth("fork", Some("true")), Ok(true));
        for refused in [
            listed("tools", Some("a")).is_err(),
            listed("tools", Some("[1]")).is_err(),
            count("max-turns", Some("0")).is_err(),
            count("max-turns", Some("-1")).is_err(),
            truth("fork", Some("yes")).is_err(),
        ] {
            assert!(refused);
        }
    }

    #[test]
    fn a_uuid_has_its_form() {
        let uuid = uuid("key", 1);
        let parts: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_ne!(uuid, super::uuid("key", 2));
    }
}
