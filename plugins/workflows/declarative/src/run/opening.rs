//! What is done before the first step.

use cm_sdk::workflow::{ControllerChoice, Error, message, missing, no_grants, other, turn};

use super::host::Host;
use super::interpreter::Interpreter;
use super::prompt;
use crate::model::{Choice, Controller, Who};
use crate::read::Files;

impl<H: Host + Files> Interpreter<'_, H> {
    /// Sets up the shared state, and names who answers in the person's place.
    pub(super) fn open(&self) -> Result<(), Error> {
        // All schemas first: no value is written that one of them would refuse.
        for key in &self.workflow.state {
            if let Some(schema) = &key.schema {
                self.host.declare(&key.key, schema)?;
            }
        }
        for key in &self.workflow.state {
            if let Some(value) = &key.value {
                self.host.write(&key.key, value)?;
            }
        }
        let Some(controller) = &self.workflow.drive.controller else {
            return Ok(());
        };
        let choice = self.controller(controller).map_err(|error| match error {
            Error::Cancelled => Error::Cancelled,
            error => {
                let name = match &controller.who {
                    Who::Agent(name) | Who::Component(name, _) => name,
                };
                other(
                    "controller",
                    format!("the controller `{name}`: {}", message(&error)),
                )
            }
        })?;
        self.host.entrust(&choice, controller.turns)
    }

    fn controller(&self, controller: &Controller) -> Result<ControllerChoice, Error> {
        match &controller.who {
            Who::Agent(name) => {
                let Some(agent) = self.agents.get(name) else {
                    return Err(missing("no-agent", format!("there is no agent `{name}`")));
                };
                let choice = Choice::resolve(&[&agent.choice, &self.workflow.defaults]);
                let mut turn = turn(name, prompt::of_agent(&self.values(&[]), agent)?);
                turn.engine = choice.engine;
                turn.model = choice.model;
                turn.effort = choice.effort;
                turn.permissions = choice.permissions;
                turn.options = choice.options;
                turn.grants = self.grants(&agent.behaviour, &[])?;
                // It answers with decisions; there is no step that a directive could mean.
                turn.grants.directives = no_grants().directives;
                Ok(ControllerChoice::Agent(turn))
            }
            Who::Component(name, config) => {
                let mut json = String::new();
                self.values(&[]).json(config, &mut json)?;
                Ok(ControllerChoice::Component((name.clone(), json)))
            }
        }
    }
}
