//! Agents that a step runs because it was told to.

use cm_sdk::workflow::{Error, Placement, Reply, Turn, message};

use super::super::results::Output;
use super::super::{outcome, schema};
use super::{Host, Interpreter, Member, Move, Phase};
use crate::read::Files;

impl<'r> Member<'r> {
    /// Runs the agent `name`, which is asked `more` below its own prompt.
    pub(super) fn trigger<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
        name: &str,
        more: Option<String>,
    ) -> Result<Move<'r, H::Task>, Error> {
        self.phase = Phase::Trigger(name.into());
        let begun = self.begin_trigger(run, name, more);
        begun
            .map(Move::Wait)
            .map_err(|error| self.of_task(run, error))
    }

    fn begin_trigger<H: Host + Files>(
        &self,
        run: &Interpreter<'r, H>,
        name: &str,
        more: Option<String>,
    ) -> Result<H::Task, Error> {
        let inputs = self.conversation.as_deref();
        let inputs = inputs.map_or(&[][..], |conversation| conversation.inputs());
        let (turn, policy) = run.errand(name, inputs, more)?;
        let turn = Turn {
            workspace: self.workspace(),
            ..turn
        };
        let place = self.trigger_place(run, name);
        run.host.mark(&place, "started", None);
        run.host.agent(&place, &turn, &policy)
    }

    /// The agent has answered.
    pub(super) fn triggered<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        name: &str,
        reply: Reply,
    ) -> Result<(), Error> {
        let mut output = Output::of(reply);
        let agent = run.agents.get(name);
        if let Some(wanted) = agent.and_then(|agent| agent.behaviour.schema.as_ref()) {
            let json = schema::json(&output.text).to_string();
            let errors = run.host.conform(&wanted.text, &json)?;
            let place = self.trigger_place(run, name);
            if !errors.is_empty() {
                let refusal = schema::refusal(&place.step, wanted, 0, &errors);
                self.end_trigger(run, "failed", Some(message(&refusal)));
                return Err(refusal);
            }
            output.text = json;
        }
        self.end_trigger(run, "done", None);
        let step = self.trigger_place(run, name).step;
        run.results.put_triggered(&step, name, output);
        Ok(())
    }

    /// Says that the agent is over.
    pub(super) fn end_trigger<H: Host + Files>(
        &self,
        run: &Interpreter<'r, H>,
        state: &str,
        note: Option<&str>,
    ) {
        if let Phase::Trigger(name) = &self.phase {
            run.host.mark(&self.trigger_place(run, name), state, note);
        }
    }

    fn trigger_place<H: Host + Files>(&self, run: &Interpreter<'r, H>, name: &str) -> Placement {
        let agent = run.agents.get(name);
        Placement {
            step: format!("{}/{name}", self.step.id),
            parent: Some(self.step.id.clone()),
            label: agent.and_then(|agent| agent.title.clone()),
        }
    }

    /// An error of a task says whose it is, when that is not the step itself.
    pub(super) fn of_task<H: Host + Files>(&self, run: &Interpreter<'r, H>, error: Error) -> Error {
        self.end_trigger(run, "failed", Some(message(&error)));
        match &self.phase {
            Phase::Trigger(name) => outcome::say(error, |message| {
                format!("the agent `{name}`, which it has run, failed: {message}")
            }),
            _ => error,
        }
    }
}
