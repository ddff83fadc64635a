//! Who runs a step's prompts, and the conversations that can be gone on with.

use super::host::Host;
use super::interpreter::Interpreter;
use super::results::Output;
use crate::model::{AgentStep, Choice};
use crate::read::Files;

impl<H: Host + Files> Interpreter<'_, H> {
    /// Who runs a step's prompts.
    pub(super) fn choice(&self, step: &AgentStep) -> Choice {
        let mut choices = vec![&step.choice];
        choices.extend(self.agents.get(&step.name).map(|agent| &agent.choice));
        choices.push(&self.workflow.defaults);
        Choice::resolve(&choices)
    }

    /// Keeps the conversation of an agent, to go on with.
    pub(super) fn remember(&mut self, step: &AgentStep, engine: Option<&str>, output: &Output) {
        if let Some(session) = &output.session {
            let engine = engine.map(Into::into);
            self.sessions
                .insert((step.name.clone(), engine), session.clone());
        }
    }
}
