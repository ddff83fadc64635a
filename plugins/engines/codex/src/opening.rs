//! What was asked for, as the messages that say it.

use cm_sdk::engine::{Error, PermissionLevel, Request, closed_schema, json as read};
use serde_json::{Value, json};

/// The option of `finish` by which a later turn knows the rules that were given.
const RULES: &str = "instructions";

/// What was asked for, until it is said.
#[derive(Debug)]
pub(crate) struct Opening {
    prompt: String,
    directory: String,
    directories: Vec<String>,
    model: Option<String>,
    effort: Option<String>,
    instructions: String,
    /// Which rules the conversation knows, for its next turn.
    rules: Option<String>,
    schema: Option<Value>,
    session: Option<String>,
    fork: bool,
    pub(crate) level: PermissionLevel,
    network: bool,
}

impl Opening {
    pub(crate) fn of(request: &Request) -> Result<Self, Error> {
        let mut instructions = request.instructions.clone().unwrap_or_default();
        let schema = closed_schema(request);
        if let (None, Some(words)) = (&schema, &request.schema) {
            if let Err(error) = serde_json::from_str::<Value>(words) {
                return Err(Error::invalid_request(
                    "bad-schema",
                    format!("The schema of the answer is not JSON: {error}."),
                ));
            }
            // The service takes no schema with objects that are open.
            instructions = format!(
                "{instructions}\n\nYour last answer must be one JSON value and nothing else: no words around it, no code fence. It must meet this JSON Schema:\n{words}"
            );
        }
        let instructions = instructions.trim().to_owned();
        let known = request.previous(RULES);
        let rules = (!instructions.is_empty()).then(|| fingerprint(&instructions));
        // A conversation that goes on keeps the rules with which it began; others are said
        // with the prompt.
        let prompt = match request.session.is_some() && rules.is_some() && rules != known {
            true => format!(
                "<instructions>\n{instructions}\n</instructions>\n\n{}",
                request.prompt
            ),
            false => request.prompt.clone(),
        };
        Ok(Self {
            prompt,
            directory: request.directory.clone(),
            directories: request.directories.clone(),
            model: request.model.clone(),
            effort: request.effort.clone(),
            instructions,
            rules: rules.or(known),
            schema,
            session: request.session.clone(),
            fork: request.fork,
            level: request.permissions,
            network: request.flag("network"),
        })
    }

    /// What the conversation's next turn has to know.
    pub(crate) fn options(&self) -> Vec<(String, String)> {
        let rules = self.rules.iter();
        rules
            .map(|rules| (RULES.to_owned(), rules.clone()))
            .collect()
    }

    /// Whether the conversation began before this turn.
    pub(crate) fn goes_on(&self) -> bool {
        self.session.is_some()
    }

    /// The request that opens the conversation.
    pub(crate) fn thread(&self) -> (&'static str, Value) {
        let mut params = json!({
            "approvalPolicy": self.policy(),
            "approvalsReviewer": "user",
            "sandbox": match self.level {
                PermissionLevel::ReadOnly => "read-only",
                PermissionLevel::WorkspaceWrite => "workspace-write",
                PermissionLevel::Full => "danger-full-access",
            },
        });
        if let Some(model) = &self.model {
            params["model"] = json!(model);
        }
        if !self.instructions.is_empty() {
            params["developerInstructions"] = json!(self.instructions);
        }
        // A new conversation takes the directory in which the program was started: one that
        // is named is taken for a person's trust in it, and written down as such.
        let Some(session) = &self.session else {
            return ("thread/start", params);
        };
        params["cwd"] = json!(self.directory);
        params["threadId"] = json!(session);
        params["excludeTurns"] = json!(true);
        match self.fork {
            true => ("thread/fork", params),
            false => ("thread/resume", params),
        }
    }

    /// The turn. `opened`: the answer to the request that opened the conversation.
    pub(crate) fn turn(&mut self, thread: &str, opened: &Value) -> Value {
        let mut params = json!({
            "threadId": thread,
            "cwd": self.directory,
            "input": [{ "type": "text", "text": std::mem::take(&mut self.prompt) }],
            "approvalPolicy": self.policy(),
            // Not by a model, whatever the person's own settings say.
            "approvalsReviewer": "user",
            "sandboxPolicy": self.sandbox(opened),
        });
        if let Some(effort) = &self.effort {
            params["effort"] = json!(effort);
        }
        if let Some(schema) = &self.schema {
            params["outputSchema"] = schema.clone();
        }
        params
    }

    fn policy(&self) -> &'static str {
        match self.level {
            PermissionLevel::Full => "never",
            _ => "on-request",
        }
    }

    /// How far the agent may go without a question. What a conversation was begun with
    /// may be another thing than what is asked for now, so it is said with every turn.
    fn sandbox(&self, opened: &Value) -> Value {
        match self.level {
            PermissionLevel::ReadOnly => json!({ "type": "readOnly", "networkAccess": false }),
            PermissionLevel::Full => json!({ "type": "dangerFullAccess" }),
            PermissionLevel::WorkspaceWrite => {
                // What the person has set up for work in a directory holds.
                let own = opened.get("sandbox").unwrap_or(&Value::Null);
                let says = |name: &str| own.get(name) == Some(&Value::Bool(true));
                let roots = read::list(own, "/writableRoots").iter();
                let mut roots: Vec<&str> = roots.filter_map(Value::as_str).collect();
                for directory in &self.directories {
                    if !roots.contains(&directory.as_str()) {
                        roots.push(directory);
                    }
                }
                json!({
                    "type": "workspaceWrite",
                    "writableRoots": roots,
                    "networkAccess": self.network || says("networkAccess"),
                    "excludeTmpdirEnvVar": says("excludeTmpdirEnvVar"),
                    "excludeSlashTmp": says("excludeSlashTmp"),
                })
            }
        }
    }
}

/// A short name of a text (FNV-1a).
fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
