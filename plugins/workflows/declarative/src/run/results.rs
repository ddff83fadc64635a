use std::collections::BTreeMap;

use cm_sdk::workflow::Reply;

use crate::model::Step;

/// What a step gave when it ran last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Output {
    /// What it said; of a step that failed without a word, why it failed.
    pub(super) text: String,
    /// Of commands.
    pub(super) exit: Option<i32>,
    /// Of agents: to go on with the conversation.
    pub(super) session: Option<String>,
}

impl Output {
    pub(super) fn of(reply: Reply) -> Self {
        Self {
            text: reply.text,
            exit: reply.code,
            session: reply.session,
        }
    }
}

/// What the steps gave so far. A step that runs again replaces its own.
#[derive(Debug, Default)]
pub(super) struct Results {
    steps: BTreeMap<String, Output>,
    /// The step in which an agent ran last.
    agents: BTreeMap<String, String>,
    /// Steps that are left out, and their agents, with the reason.
    left: BTreeMap<String, String>,
}

impl Results {
    pub(super) fn put(&mut self, step: &Step, output: Output) {
        if let Some(agent) = step.agent() {
            self.agents.insert(agent.name.clone(), step.id.clone());
        }
        self.steps.insert(step.id.clone(), output);
    }

    /// Keeps what an agent gave whom the step has started.
    pub(super) fn put_triggered(&mut self, step: &str, agent: &str, output: Output) {
        self.agents.insert(agent.into(), step.into());
        self.steps.insert(step.into(), output);
    }

    /// A step does not take part, for this reason.
    pub(super) fn leave_out(&mut self, step: &Step, why: &str) {
        for step in std::iter::once(step).chain(step.children()) {
            self.left.insert(step.id.clone(), why.into());
            if let Some(agent) = step.agent() {
                self.left
                    .entry(agent.name.clone())
                    .or_insert_with(|| why.into());
            }
        }
    }

    /// Why the step that `name` means was left out, if it was.
    pub(super) fn left_out(&self, name: &str) -> Option<&str> {
        self.left.get(name).map(String::as_str)
    }

    /// What the step with this id gave.
    pub(super) fn of_step(&self, id: &str) -> Option<&Output> {
        self.steps.get(id)
    }

    /// By the id of a step, else by the name of an agent.
    pub(super) fn get(&self, name: &str) -> Option<&Output> {
        self.steps
            .get(name)
            .or_else(|| self.steps.get(self.agents.get(name)?))
    }

    /// The step that `name` means.
    pub(super) fn step<'s>(&'s self, name: &'s str) -> &'s str {
        if self.steps.contains_key(name) {
            name
        } else {
            self.agents.get(name).map_or(name, String::as_str)
        }
    }
}
