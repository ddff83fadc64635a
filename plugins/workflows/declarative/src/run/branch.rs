//! Copies of the project in which steps work by themselves.

use cm_sdk::workflow::{Branching, Reply};

use super::host::Host;
use super::interpreter::Interpreter;
use crate::model::{Step, Workspace};
use crate::read::Files;

/// A copy of the project.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Branch {
    pub(super) id: String,
    /// It is the run's directory itself, because there is no git.
    pub(super) shared: bool,
}

impl Branch {
    /// What the host has made.
    pub(super) fn of(reply: &Reply) -> Self {
        Self {
            id: reply.text.trim().into(),
            shared: reply
                .options
                .iter()
                .any(|(name, value)| name == "shared" && value != "false"),
        }
    }
}

impl<H: Host + Files> Interpreter<'_, H> {
    /// The copy that a step wants: each time a new one.
    pub(super) fn branching(&mut self, step: &Step, workspace: &Workspace) -> Branching {
        let count = self.copies.entry(step.id.clone()).or_default();
        *count += 1;
        let name = step.id.replace('_', "-");
        Branching {
            name: match *count {
                1 => name,
                count => format!("{name}-{count}"),
            },
            include: workspace.include.clone(),
            setup: workspace.setup.clone(),
            ports: workspace.ports,
            teardown: workspace.teardown.clone(),
            options: Vec::new(),
        }
    }
}
