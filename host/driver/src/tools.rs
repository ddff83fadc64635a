//! The host's tools, as one attempt of a turn or a command may use them: exactly those
//! that it was granted. What a call changes is on disk before the call is answered.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use cm_effects::Project;
use cm_mcp::{Answer, Tool, Toolbox};
use cm_orchestrator::Input;
use cm_types::{Decision, Directive, Extension, Grants};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::ledger::Ledger;

mod agents;
mod artifacts;
mod ask;
mod decide;
mod directives;
mod propose;
mod state;
mod work;

pub(crate) use decide::Deciding;

/// Who uses the tools.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Its task.
    pub(crate) task: u32,
    /// Its step.
    pub(crate) step: String,
    /// The agent; none: a command.
    pub(crate) agent: Option<String>,
}

/// What was said with the tools, to become part of the reply.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) decision: Option<Decision>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) proposal: Option<Value>,
}

/// The tools of one attempt.
pub(crate) struct Tools {
    ledger: Arc<Ledger>,
    project: Project,
    caller: Caller,
    grants: Grants,
    deciding: Deciding,
    said: Mutex<Said>,
    /// How many calls are not answered yet.
    open: AtomicUsize,
}

/// A call that is not answered yet.
struct Open<'tools>(&'tools AtomicUsize);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All tools there are, and the word in `tools:` that grants each.
const ALL: [(&str, &str); 11] = [
    ("read_state", "state"),
    ("write_state", "state"),
    ("put_artifact", "artifacts"),
    ("get_artifact", "artifacts"),
    ("list_artifacts", "artifacts"),
    ("run_agents", "agents"),
    ("list_agents", "agents"),
    ("ask_person", "ask"),
    ("give_directive", "directive"),
    ("propose_completion", "propose"),
    ("decide", "decide"),
];

impl Tools {
    pub(crate) fn new(
        ledger: Arc<Ledger>,
        project: Project,
        caller: Caller,
        grants: Grants,
        deciding: Deciding,
    ) -> Self {
        Self {
            ledger,
            project,
            caller,
            grants,
            deciding,
            said: Mutex::default(),
            open: AtomicUsize::new(0),
        }
    }

    /// Whether somebody waits for an answer.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// What was said until now.
    pub(crate) fn take(&self) -> Said {
        std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Remembers something for the reply, and writes it down.
    async fn say(&self, kind: &str, body: &Value, say: impl FnOnce(&mut Said)) {
        say(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner));
        self.ledger.secure(self.note(kind, body)).await;
    }

    fn note(&self, kind: &str, body: &Value) -> Input {
        Input::Note {
            task: Some(self.caller.task),
            item: Extension {
                kind: kind.into(),
                body: body.to_string(),
            },
        }
    }

    fn is_granted(&self, name: &str) -> bool {
        let controls = name == "decide" && matches!(self.deciding, Deciding::Controller(_));
        controls || self.grants.tools.iter().any(|granted| granted == name)
    }

    fn describe(&self, name: &str) -> Option<Tool> {
        match name {
            "read_state" => Some(state::read()),
            "write_state" => Some(state::write()),
            "put_artifact" => Some(artifacts::put()),
            "get_artifact" => Some(artifacts::get()),
            "list_artifacts" => Some(artifacts::list()),
            "run_agents" => Some(agents::run(&self.grants.helpers)),
            "list_agents" => Some(agents::list()),
            "ask_person" => Some(ask::tool()),
            "give_directive" => Some(directives::tool(&self.grants.directives)),
            "propose_completion" => Some(propose::tool()),
            "decide" => Some(self.deciding.tool()),
            _ => None,
        }
    }

    async fn answer(&self, name: &str, arguments: Map<String, Value>) -> Result<Value, String> {
        match name {
            "read_state" => self.read_state(read(name, arguments)?),
            "write_state" => self.write_state(read(name, arguments)?).await,
            "put_artifact" => self.put_artifact(read(name, arguments)?).await,
            "get_artifact" => self.get_artifact(read(name, arguments)?),
            "list_artifacts" => Ok(self.list_artifacts()),
            "run_agents" => self.run_agents(read(name, arguments)?).await,
            "list_agents" => Ok(self.list_agents()),
            "ask_person" => self.ask_person(read(name, arguments)?).await,
            "give_directive" => self.give_directive(arguments).await,
            "propose_completion" => self.propose(read(name, arguments)?).await,
            "decide" => self.decide(read(name, arguments)?).await,
            _ => Err(format!("there is no tool `{name}`")),
        }
    }

    /// Whether the caller was started by another agent.
    fn is_helper(&self) -> bool {
        let task = self.caller.task;
        let scope = |run: &cm_orchestrator::Run| run.task(task)?.scope;
        self.ledger.look(scope).is_some()
    }

    /// Says no to a call, where others can see it too.
    async fn refuse(&self, name: &str) -> String {
        let step = &self.caller.step;
        let why = match ALL.iter().find(|(known, _)| *known == name) {
            Some((_, "agents")) if self.is_helper() => format!(
                "`{step}` is an agent that another one started, and those start no agents themselves; say in your answer who else is needed"
            ),
            Some((_, group)) => format!(
                "the tool `{name}` was not granted to step `{step}`; it is granted with `tools: [{group}]` at the step or in its agent's file"
            ),
            None => format!("there is no tool `{name}`"),
        };
        let body = json!({ "tool": name, "step": step, "why": why });
        self.ledger.secure(self.note("tool-refused", &body)).await;
        why
    }
}

impl Toolbox for Tools {
    fn tools(&self) -> Vec<Tool> {
        let granted = ALL.iter().filter(|(name, _)| self.is_granted(name));
        granted
            .filter_map(|(name, _)| self.describe(name))
            .collect()
    }

    fn call(&self, name: &str, arguments: Map<String, Value>) -> Answer<'_> {
        let name = name.to_owned();
        Box::pin(async move {
            self.open.fetch_add(1, Ordering::Relaxed);
            let _open = Open(&self.open);
            match self.is_granted(&name) {
                true => self.answer(&name, arguments).await,
                false => Err(self.refuse(&name).await),
            }
        })
    }
}

/// The arguments of a call.
fn read<T: DeserializeOwned>(tool: &str, arguments: Map<String, Value>) -> Result<T, String> {
    serde_json::from_value(Value::Object(arguments))
        .map_err(|error| format!("the arguments of `{tool}` cannot be used: {error}"))
}

/// A tool whose arguments are these properties.
fn tool(name: &str, description: &str, properties: Value, required: &[&str]) -> Tool {
    Tool {
        name: name.into(),
        description: description.into(),
        schema: json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        }),
    }
}

#[cfg(test)]
mod tests;
