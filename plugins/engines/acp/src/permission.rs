//! Permissions that the agent asks for, and who decides.

use cm_sdk::engine::{Events, McpServer, PermissionLevel, Request, json as read};
use serde_json::{Value, json};

use crate::call::Call;
use crate::{Acp, servers};

/// How far the agent may go without a question.
#[derive(Debug)]
pub(crate) struct Permissions {
    level: PermissionLevel,
    /// The directories in which it works.
    roots: Vec<String>,
    /// Servers whose tools were granted to the turn.
    servers: Vec<McpServer>,
    /// Everything that is no mere look is asked about.
    ask: bool,
}

/// A permission that somebody is asked for.
#[derive(Debug)]
pub(crate) struct Pending {
    /// By which it was asked for.
    key: String,
    /// The agent's id of its request.
    id: Value,
    call: String,
    options: Options,
}

/// The answers that the agent takes.
#[derive(Clone, Debug, Default)]
struct Options {
    allow: Option<String>,
    reject: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Allow,
    Refuse,
    Ask,
}

impl Permissions {
    pub(crate) fn of(request: &Request) -> Self {
        let mut roots = vec![request.directory.clone(), request.scratch.clone()];
        roots.extend(request.directories.iter().cloned());
        roots.retain(|root| !root.trim_matches('/').is_empty());
        Self {
            level: request.permissions,
            roots,
            servers: request.mcp_servers.clone(),
            ask: request.flag("ask"),
        }
    }

    fn verdict(&self, call: &Call) -> Verdict {
        let changes = matches!(call.kind.as_str(), "edit" | "delete" | "move");
        if !changes && !call.is_command() && self.granted(call) {
            return Verdict::Allow;
        }
        match (self.level, call.kind.as_str()) {
            (PermissionLevel::Full, _) => Verdict::Allow,
            (_, "read" | "search" | "think") if !call.is_command() => Verdict::Allow,
            (PermissionLevel::ReadOnly, "fetch") => Verdict::Ask,
            (PermissionLevel::ReadOnly, _) => Verdict::Refuse,
            (PermissionLevel::WorkspaceWrite, _) if self.ask => Verdict::Ask,
            (PermissionLevel::WorkspaceWrite, "execute" | "fetch") => Verdict::Allow,
            (PermissionLevel::WorkspaceWrite, _) if changes && self.is_inside(call) => {
                Verdict::Allow
            }
            (PermissionLevel::WorkspaceWrite, _) => Verdict::Ask,
        }
    }

    /// Whether it is a tool of a server that was named for the turn: these need no
    /// further permission.
    fn granted(&self, call: &Call) -> bool {
        self.servers.iter().any(|server| {
            [call.tool(), &call.title, &call.id]
                .iter()
                .any(|name| servers::offers(&server.name, name))
        })
    }

    fn is_inside(&self, call: &Call) -> bool {
        let paths = call.paths();
        let inside = |path: &&str| {
            let climbs = path.split('/').any(|part| part == "..");
            let within = |root: &String| {
                path.strip_prefix(root.trim_end_matches('/'))
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            !climbs && (!path.starts_with(['/', '~']) || self.roots.iter().any(within))
        };
        !paths.is_empty() && paths.iter().all(inside)
    }
}

impl Options {
    /// The narrowest yes and no that there are.
    fn of(options: &[Value]) -> Self {
        let find = |kinds: [&str; 2]| {
            kinds.iter().find_map(|kind| {
                options
                    .iter()
                    .find(|option| read::text(option, "/kind") == *kind)
                    .map(|option| read::text(option, "/optionId").to_owned())
            })
        };
        Self {
            allow: find(["allow_once", "allow_always"]),
            reject: find(["reject_once", "reject_always"]),
        }
    }
}

impl Acp {
    /// The agent asks for a permission.
    pub(crate) fn wants(&mut self, line: &Value, id: &Value, events: &mut Events) {
        let params = line.get("params").unwrap_or(&Value::Null);
        self.speech.act(events);
        let wanted = params.get("toolCall").unwrap_or(&Value::Null);
        let call = self.calls.wanted(wanted, events).unwrap_or_default();
        let options = Options::of(read::list(params, "/options"));
        if self.cancelled {
            return answer(id, None, events);
        }
        match self.permissions.verdict(&call) {
            Verdict::Allow => answer(id, options.allow.as_deref(), events),
            Verdict::Refuse => self.refuse(id, &call.id, &options, events),
            Verdict::Ask => {
                let key = format!("permission-{}", id.to_string().trim_matches('"'));
                events.ask(&key, call.tool(), &call.arguments());
                self.pending.push(Pending {
                    key,
                    id: id.clone(),
                    call: call.id,
                    options,
                });
            }
        }
    }

    /// The permission with this name was given or refused.
    pub(crate) fn decided(&mut self, key: &str, granted: bool, events: &mut Events) {
        let Some(at) = self.pending.iter().position(|asked| asked.key == key) else {
            return;
        };
        let asked = self.pending.swap_remove(at);
        if granted {
            answer(&asked.id, asked.options.allow.as_deref(), events);
        } else {
            self.refuse(&asked.id, &asked.call, &asked.options, events);
        }
    }

    fn refuse(&mut self, id: &Value, call: &str, options: &Options, events: &mut Events) {
        self.calls.refused(call);
        events.denied();
        answer(id, options.reject.as_deref(), events);
    }

    /// Nobody will answer any more.
    pub(crate) fn withdraw(&mut self, events: &mut Events) {
        for asked in std::mem::take(&mut self.pending) {
            self.calls.refused(&asked.call);
            answer(&asked.id, None, events);
        }
    }
}

/// Answers a request for a permission. An agent that offers no fitting answer is told
/// that there is none.
fn answer(id: &Value, option: Option<&str>, events: &mut Events) {
    let outcome = match option {
        Some(option) => json!({ "outcome": "selected", "optionId": option }),
        None => json!({ "outcome": "cancelled" }),
    };
    events.write(&json!({ "jsonrpc": "2.0", "id": id, "result": { "outcome": outcome } }));
}
