use std::collections::BTreeMap;

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

/// What the steps gave so far. A step that runs again replaces its own.
#[derive(Debug, Default)]
pub(super) struct Results {
    steps: BTreeMap<String, Output>,
    /// The step in which an agent ran last.
    agents: BTreeMap<String, String>,
}

impl Results {
    pub(super) fn put(&mut self, step: &Step, output: Output) {
        if let Some(agent) = step.agent() {
            self.agents.insert(agent.name.clone(), step.id.clone());
        }
        self.steps.insert(step.id.clone(), output);
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
