//! The way to the prompt: initialize, open a session, set what was asked for.

use cm_sdk::engine::{Events, McpServer, PermissionLevel, Request, json as read};
use serde_json::{Value, json};

use crate::preset::Preset;
use crate::settings::Setting;
use crate::{Acp, servers, settings};

/// The version that is spoken here.
const VERSION: u64 = 1;

/// A request that was sent to the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Initialize,
    Authenticate,
    /// A session is made, loaded, resumed or forked.
    Open,
    Set(Setting),
    Prompt,
}

/// What was asked for, until it is said.
#[derive(Debug)]
pub(crate) struct Opening {
    prompt: String,
    directory: String,
    directories: Vec<String>,
    servers: Vec<McpServer>,
    pub(crate) asked: Option<String>,
    fork: bool,
    pub(crate) model: Option<String>,
    pub(crate) effort: Option<String>,
    pub(crate) mode: Option<String>,
    pub(crate) level: PermissionLevel,
    /// The way to sign in that the agent is asked to take, if it asks for one.
    way: Option<String>,
    /// Ways to sign in that the agent offers, in words.
    pub(crate) ways: Vec<String>,
    capabilities: Value,
    /// What is still to be set before the prompt, last first.
    settings: Vec<Setting>,
}

impl Opening {
    pub(crate) fn of(request: &Request) -> Self {
        let mut prompt = request.instructed();
        // A slash would make it a command of the agent.
        if prompt.starts_with('/') {
            prompt.insert(0, '\n');
        }
        Self {
            prompt,
            directory: request.directory.clone(),
            directories: request.directories.clone(),
            servers: request.mcp_servers.clone(),
            asked: request.session.clone(),
            fork: request.fork,
            model: request.model.clone(),
            effort: request.effort.clone(),
            mode: request.option("mode").map(str::to_owned),
            level: request.permissions,
            way: request.option("auth").map(str::to_owned),
            ways: Vec::new(),
            capabilities: Value::Null,
            settings: Vec::new(),
        }
    }

    /// Whether the agent may go further than it is allowed to without a certain mode.
    pub(crate) fn needs_mode(&self, preset: &Preset) -> bool {
        self.mode.is_some() || (self.level == PermissionLevel::ReadOnly && !preset.modes.elsewhere)
    }

    fn can(&self, what: &str) -> bool {
        self.capabilities
            .pointer(what)
            .is_some_and(|it| !matches!(it, Value::Null | Value::Bool(false)))
    }
}

impl Acp {
    pub(crate) fn initialize(&mut self, events: &mut Events) {
        // Files and terminals are the agent's own affair.
        let params = json!({
            "protocolVersion": VERSION,
            "clientInfo": { "name": "cm", "title": "cm", "version": env!("CARGO_PKG_VERSION") },
            "clientCapabilities": {
                "fs": { "readTextFile": false, "writeTextFile": false },
                "terminal": false,
            },
        });
        self.send(Step::Initialize, "initialize", params, events);
    }

    fn send(&mut self, step: Step, method: &str, params: Value, events: &mut Events) {
        self.requests += 1;
        self.sent = Some(step);
        events.write(&json!({
            "jsonrpc": "2.0",
            "id": self.requests,
            "method": method,
            "params": params,
        }));
    }

    /// The agent answered the last request.
    pub(crate) fn answered(&mut self, line: &Value, events: &mut Events) {
        let Some(step) = self.sent.take() else {
            return events.notice(&line.to_string());
        };
        if let Some(error) = line.get("error") {
            return self.refused(&step, error, events);
        }
        let result = line.get("result").unwrap_or(&Value::Null);
        match step {
            Step::Initialize => self.initialized(result, events),
            Step::Authenticate => self.open(events),
            Step::Open => self.opened(result, events),
            Step::Set(_) => self.proceed(events),
            Step::Prompt => self.prompted(result, events),
        }
    }

    fn initialized(&mut self, result: &Value, events: &mut Events) {
        let version = result.get("protocolVersion").and_then(Value::as_u64);
        if version != Some(VERSION) {
            return self.other_version(version, events);
        }
        self.opening.capabilities = result
            .get("agentCapabilities")
            .cloned()
            .unwrap_or(Value::Null);
        self.opening.ways = read::list(result, "/authMethods")
            .iter()
            .map(|way| {
                format!(
                    "`{}` ({})",
                    read::text(way, "/id"),
                    read::text(way, "/name")
                )
            })
            .collect();
        self.open(events);
    }

    fn open(&mut self, events: &mut Events) {
        let opening = &self.opening;
        let mut params = json!({
            "cwd": opening.directory,
            "mcpServers": servers::listed(&opening.servers),
        });
        if !opening.directories.is_empty() {
            if opening.can("/sessionCapabilities/additionalDirectories") {
                params["additionalDirectories"] = json!(opening.directories);
            } else {
                let why = format!("{} takes no further directories", self.preset.name);
                events.not_honoured("directories", &why);
            }
        }
        let Some(session) = opening.asked.clone() else {
            return self.send(Step::Open, "session/new", params, events);
        };
        params["sessionId"] = json!(session);
        let method = if opening.fork {
            opening
                .can("/sessionCapabilities/fork")
                .then_some("session/fork")
        } else if opening.can("/sessionCapabilities/resume") {
            // It is not told again, as it is when a session is loaded.
            Some("session/resume")
        } else {
            opening.can("/loadSession").then_some("session/load")
        };
        match method {
            Some(method) => self.send(Step::Open, method, params, events),
            None => self.cannot_go_on(self.opening.fork, events),
        }
    }

    fn opened(&mut self, result: &Value, events: &mut Events) {
        let said = read::text(result, "/sessionId");
        let asked = self.opening.asked.clone().unwrap_or_default();
        self.session = if said.is_empty() {
            asked
        } else {
            said.to_owned()
        };
        if self.session.is_empty() {
            return self.no_session(events);
        }
        events.session(&self.session);
        match settings::wanted(result, &self.opening, self.preset, events) {
            Ok(mut wanted) => {
                wanted.reverse();
                self.opening.settings = wanted;
                self.proceed(events);
            }
            Err(failure) => self.fail(failure, events),
        }
    }

    /// The next setting, or the prompt.
    pub(crate) fn proceed(&mut self, events: &mut Events) {
        match self.opening.settings.pop() {
            Some(setting) => {
                let (method, params) = setting.request(&self.session);
                self.send(Step::Set(setting), method, params, events);
            }
            None => {
                let prompt = std::mem::take(&mut self.opening.prompt);
                let params = json!({
                    "sessionId": self.session,
                    "prompt": [{ "type": "text", "text": prompt }],
                });
                self.send(Step::Prompt, "session/prompt", params, events);
            }
        }
    }

    /// Signs in the way that was named, once; false when none was.
    pub(crate) fn sign_in(&mut self, events: &mut Events) -> bool {
        let way = self.opening.way.take();
        if let Some(way) = &way {
            let params = json!({ "methodId": way });
            self.send(Step::Authenticate, "authenticate", params, events);
        }
        way.is_some()
    }

    /// Whether the prompt was sent and not answered.
    pub(crate) fn is_at_work(&self) -> bool {
        self.sent == Some(Step::Prompt)
    }

    /// Asks the agent to stop: it ends the prompt then.
    pub(crate) fn cancel(&mut self, events: &mut Events) {
        self.cancelled = true;
        if self.ending.is_some() {
            return;
        }
        self.withdraw(events);
        if self.is_at_work() {
            events.write(&json!({
                "jsonrpc": "2.0",
                "method": "session/cancel",
                "params": { "sessionId": self.session },
            }));
        }
    }
}
