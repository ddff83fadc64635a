//! What agents and commands may ask of the host.

use cm_sdk::workflow::{Error, Grants, Helper, Server, failure, missing, no_grants};

use super::host::Host;
use super::interpreter::Interpreter;
use super::prompt;
use crate::model::{Behaviour, Choice, CommandStep, Directives};
use crate::problem::Position;
use crate::read::Files;

impl<H: Host + Files> Interpreter<'_, H> {
    /// What an agent may ask for; its placeholders have the step's inputs.
    pub(super) fn grants(
        &self,
        behaviour: &Behaviour,
        inputs: &[(String, String)],
    ) -> Result<Grants, Error> {
        let servers = behaviour.servers.iter().flatten().map(|server| Server {
            name: server.name.clone(),
            only: server.only.clone(),
            exclude: server.exclude.clone(),
        });
        Ok(Grants {
            tools: behaviour.tools.clone().unwrap_or_default(),
            directives: behaviour.directives.as_ref().map(words).unwrap_or_default(),
            helpers: self.helpers(behaviour.agents.as_deref().unwrap_or_default(), inputs)?,
            servers: servers.collect(),
        })
    }

    /// What a command may ask for.
    pub(super) fn command_grants(&self, command: &CommandStep) -> Result<Grants, Error> {
        Ok(Grants {
            tools: command.tools.clone(),
            directives: words(&command.directives),
            helpers: self.helpers(&command.agents, &[])?,
            ..no_grants()
        })
    }

    fn helpers(
        &self,
        names: &[(String, Position)],
        inputs: &[(String, String)],
    ) -> Result<Vec<Helper>, Error> {
        let mut helpers = Vec::new();
        for (name, _) in names {
            let Some(agent) = self.agents.get(name) else {
                return Err(missing("no-agent", format!("there is no agent `{name}`")));
            };
            let choice = Choice::resolve(&[&agent.choice, &self.workflow.defaults]);
            if let Some((option, _)) = choice.options.first() {
                let message = format!(
                    "the agent `{name}` has the option `{option}`, and an agent that others start cannot have options; remove it, or give the agent a step of its own"
                );
                return Err(Error::Invalid(failure("helper-options", message)));
            }
            helpers.push(Helper {
                name: name.clone(),
                description: agent.description.clone().or_else(|| agent.title.clone()),
                engine: choice.engine,
                model: choice.model,
                effort: choice.effort,
                permissions: choice.permissions,
                prompt: prompt::of_agent(&self.values(inputs), agent)?,
                tools: agent.behaviour.tools.clone().unwrap_or_default(),
            });
        }
        Ok(helpers)
    }
}

/// The words of the directives that may be given.
fn words(directives: &Directives) -> Vec<String> {
    let granted = [
        ("loop", directives.back.is_some()),
        ("stop", directives.back.is_some()),
        ("checkpoint", directives.checkpoint),
        ("pause", directives.pause),
        ("trigger", !directives.trigger.is_empty()),
        ("error", directives.error),
        ("goto", directives.goto.is_some()),
    ];
    let words = granted.into_iter().filter(|(_, granted)| *granted);
    words.map(|(word, _)| word.into()).collect()
}
