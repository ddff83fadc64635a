//! What the host does for a model in its working directory, one thing after the other: two
//! at once could get into each other's way.

use std::{collections::VecDeque, future::Future, path::Path, pin::Pin};

use cm_effects::{Deed, Hands, http::Redactor, recording::Channel};
use cm_orchestrator::Input;
use cm_registry::WorkspaceAccess;
use cm_types::{Error, Input as Heard, ToolCall, ToolResult, TurnRequest};
use serde_json::json;

use super::Stage;
use crate::failure;

/// Calls that wait, at most.
const WAITING: usize = 1000;

type Work = Pin<Box<dyn Future<Output = Deed> + Send>>;

/// The calls of a turn that are not answered yet.
pub(crate) struct Deeds {
    hands: Hands,
    /// Only these tools. Empty: all.
    only: Vec<String>,
    /// By their ids; the first one is at work.
    queue: VecDeque<(String, Work)>,
}

impl Deeds {
    /// None yet, under a request's permissions.
    pub(crate) fn new(directory: &Path, request: &TurnRequest) -> Self {
        Self {
            hands: Hands::new(directory, &request.directories, request.permissions),
            only: request.tools.clone(),
            queue: VecDeque::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// What is at work is ended.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }

    /// The answer to the first call; never, when there is none.
    pub(super) async fn next(&mut self) -> ToolResult {
        let Some((_, work)) = self.queue.front_mut() else {
            return std::future::pending().await;
        };
        let deed = work.await;
        let id = self.queue.pop_front().map(|(id, _)| id);
        let denied = deed
            .denied
            .then(|| ("denied".to_owned(), "true".to_owned()));
        ToolResult {
            id: id.unwrap_or_default(),
            ok: deed.ok,
            output: deed.output,
            options: denied.into_iter().collect(),
        }
    }
}

impl Stage<'_> {
    pub(super) fn perform(&mut self, call: ToolCall) -> Result<(), Error> {
        if self.deeds.queue.len() >= WAITING {
            return Err(failure::misbehaved("wanted too many things at once"));
        }
        let work = self.work(&call);
        self.deeds.queue.push_back((call.id, work));
        Ok(())
    }

    pub(super) async fn performed(&mut self, mut result: ToolResult) -> Result<(), Error> {
        // A command may print what this process was given.
        let redactor = Redactor::new(self.secrets.iter().map(String::as_str));
        result.output = redactor.text(&result.output);
        self.tape.value(Channel::Performed, &json!(result));
        self.hear(Heard::Performed(result)).await
    }

    fn work(&self, call: &ToolCall) -> Work {
        if let Some(refused) = self.refused(&call.name) {
            return Box::pin(std::future::ready(refused));
        }
        if call.name == "run" {
            return self.run(call.arguments.clone());
        }
        let (hands, call) = (self.deeds.hands.clone(), call.clone());
        Box::pin(async move {
            let work = move || hands.perform(&call.name, &call.arguments);
            let done = tokio::task::spawn_blocking(work).await;
            done.unwrap_or_else(|_| Deed {
                ok: false,
                denied: false,
                output: "the tool has failed".to_owned(),
            })
        })
    }

    /// What this turn or this package may not do.
    fn refused(&self, tool: &str) -> Option<Deed> {
        let denied = |output: String| Deed {
            ok: false,
            denied: true,
            output,
        };
        let deeds = &self.deeds;
        if !deeds.only.is_empty() && !deeds.only.iter().any(|it| it == tool) {
            let message = format!("`{tool}` is not among the tools of this turn");
            return Some(denied(message));
        }
        let package = &self.engine.package;
        let may = match tool {
            "read" | "list" | "search" => package.may_use_the_workspace(WorkspaceAccess::Read),
            "run" => package
                .may_use_the_workspace(WorkspaceAccess::Write)
                .and_then(|()| package.may_start("sh")),
            _ => package.may_use_the_workspace(WorkspaceAccess::Write),
        };
        may.err().map(|error| denied(error.to_string()))
    }

    /// Starts when it is its turn, on this thread: programs die with the thread that has
    /// started them.
    fn run(&self, arguments: String) -> Work {
        let mut set = self.floor.variables(self.attempt);
        set.extend(self.workspace.environment.iter().cloned());
        set.extend(self.environment.iter().cloned());
        // No variables of the adapter's: the keys of its service are among them.
        let environment = cm_effects::environment::filtered(
            &[],
            &set,
            &self.workspace.directory,
            self.scratch.path(),
        );
        let (hands, task) = (self.deeds.hands.clone(), self.attempt.task);
        let ledger = std::sync::Arc::clone(&self.floor.ledger);
        Box::pin(async move {
            let running = match hands.start(&arguments, environment) {
                Ok(running) => running,
                Err(refused) => return refused,
            };
            let identity = running.identity();
            let process = cm_orchestrator::Process {
                pid: identity.pid,
                started: identity.started,
                mark: identity.mark.clone(),
            };
            ledger.input(Input::Spawned { task, process });
            running.finish().await
        })
    }
}
