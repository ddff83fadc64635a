//! An agent that is asked once, for something beside the steps.

use cm_sdk::workflow::{Error, Policy, Turn, missing, policy, turn};

use super::host::Host;
use super::interpreter::Interpreter;
use super::prompt;
use crate::model::Choice;
use crate::read::Files;

impl<H: Host + Files> Interpreter<'_, H> {
    /// The turn of the agent `name`, which is asked `more` below its own prompt.
    pub(super) fn errand(
        &self,
        name: &str,
        inputs: &[(String, String)],
        more: Option<String>,
    ) -> Result<(Turn, Policy), Error> {
        let Some(agent) = self.agents.get(name) else {
            return Err(missing("no-agent", format!("there is no agent `{name}`")));
        };
        let mut text = prompt::of_agent(&self.values(inputs), agent)?;
        if let Some(more) = more.filter(|more| !more.trim().is_empty()) {
            text = format!("{}\n\n{more}", text.trim_end());
        }
        let choice = Choice::resolve(&[&agent.choice, &self.workflow.defaults]);
        let mut grants = self.grants(&agent.behaviour, inputs)?;
        // What it says is for those that run it, who have been told already.
        grants.directives.clear();
        let schema = agent.behaviour.schema.as_ref();
        let turn = Turn {
            engine: choice.engine,
            model: choice.model,
            effort: choice.effort,
            permissions: choice.permissions,
            options: choice.options,
            schema: schema.map(|schema| schema.text.clone()),
            grants,
            ..turn(name, text)
        };
        let retry = agent.retry.clone().unwrap_or_default();
        let policy = Policy {
            timeout_ms: agent.timeout,
            idle_ms: agent.idle_timeout,
            attempts: retry.attempts,
            backoff_ms: retry.backoff,
            retry: retry.on,
            options: agent.behaviour.patience.options(),
            ..policy()
        };
        Ok((turn, policy))
    }
}
