//! From a step to the work that the host is asked for, and from the host's reply
//! to what the step gave.

use cm_sdk::workflow::{Command, Error, Placement, Policy, Question, Reply, Turn, invalid};

use super::host::Host;
use super::interpreter::Interpreter;
use super::outcome;
use super::results::Output;
use crate::model::{Action, AgentStep, Choice, Step};
use crate::shell;
use crate::template::Template;

/// The longest value that a command is given: systems refuse longer variables.
const MAX_VALUE: usize = 100_000;
/// All values of a command together.
const MAX_VALUES: usize = 1_000_000;

impl<H: Host> Interpreter<'_, H> {
    pub(super) fn place(&self, step: &Step, parent: Option<&str>) -> Placement {
        let label = step
            .label
            .clone()
            .or_else(|| self.agents.get(&step.agent()?.name)?.title.clone());
        Placement {
            step: step.id.clone(),
            parent: parent.map(Into::into),
            label,
        }
    }

    /// Asks the host for the work of a step.
    pub(super) fn start(&self, step: &Step, place: &Placement) -> Result<H::Task, Error> {
        let timeout = step
            .timeout
            .or_else(|| self.agents.get(&step.agent()?.name)?.timeout);
        let policy = Policy {
            timeout_ms: timeout,
            attempts: step.attempts,
            options: Vec::new(),
        };
        match &step.action {
            Action::Agent(agent) => self.host.agent(place, &self.turn(agent)?, &policy),
            Action::Run(line) => self.host.command(place, &self.command(line)?, &policy),
            Action::Ask(question) => {
                let details = question
                    .details
                    .as_ref()
                    .map(|details| self.text(details, &[]))
                    .transpose()?;
                let question = Question {
                    prompt: self.text(&question.prompt, &[])?,
                    choices: question.choices.clone(),
                    default: question.default.clone(),
                    details,
                    options: Vec::new(),
                };
                self.host.ask(place, &question, &policy)
            }
            Action::Component { name, input } => {
                let mut json = String::new();
                self.values(&[]).json(input, &mut json)?;
                self.host.step(place, name, &json, &policy)
            }
            // Groups are in the workflow's own list only, and run elsewhere.
            Action::Parallel(_) => Err(invalid(
                "group-in-group",
                "a group inside a group is not supported yet",
            )),
        }
    }

    fn turn(&self, step: &AgentStep) -> Result<Turn, Error> {
        let mut inputs = Vec::new();
        for (name, template) in &step.input {
            inputs.push((name.clone(), self.text(template, &[])?));
        }
        let none = Template::default();
        let prompt = step
            .prompt
            .as_ref()
            .or_else(|| Some(&self.agents.get(&step.name)?.prompt))
            .unwrap_or(&none);
        let prompt = self.text(prompt, &inputs)?;
        let choice = self.choice(step);
        let session = step
            .resume
            .then(|| {
                self.sessions
                    .get(&(step.name.clone(), choice.engine.clone()))
                    .cloned()
            })
            .flatten();
        Ok(Turn {
            agent: step.name.clone(),
            engine: choice.engine,
            model: choice.model,
            effort: choice.effort,
            instructions: None,
            prompt,
            session,
            permissions: choice.permissions,
            schema: None,
            options: Vec::new(),
        })
    }

    fn choice(&self, step: &AgentStep) -> Choice {
        let mut choices = vec![&step.choice];
        choices.extend(self.agents.get(&step.name).map(|agent| &agent.choice));
        choices.push(&self.workflow.defaults);
        Choice::resolve(&choices)
    }

    fn command(&self, template: &Template) -> Result<Command, Error> {
        let line =
            shell::line(template).map_err(|refusal| invalid("value-as-code", refusal.message))?;
        let mut environment = Vec::new();
        let mut total = 0;
        for (variable, placeholder) in line.variables {
            let value = self.values(&[]).value(&placeholder)?;
            let token = placeholder.token();
            total += value.len();
            if value.len() > MAX_VALUE || total > MAX_VALUES {
                return Err(invalid(
                    "value-too-long",
                    format!(
                        "the value of {token} has {} bytes, which is too long for a command",
                        value.len()
                    ),
                ));
            }
            if value.contains('\0') {
                return Err(invalid(
                    "value-not-text",
                    format!(
                        "the value of {token} has a zero byte in it, which a command cannot be given"
                    ),
                ));
            }
            environment.push((variable, value));
        }
        Ok(Command {
            line: line.text,
            environment,
            options: Vec::new(),
        })
    }

    /// What a reply means.
    pub(super) fn judge(
        &self,
        step: &Step,
        reply: Reply,
    ) -> Result<(Output, Result<(), Error>), Error> {
        let result = match &step.action {
            Action::Run(line) if reply.code != Some(0) => {
                Err(outcome::of_command(&line.shown(), reply.code, &reply.text))
            }
            Action::Ask(question)
                if !question.choices.is_empty() && !question.choices.contains(&reply.text) =>
            {
                Err(outcome::of_answer(&reply.text, &question.choices))
            }
            _ => Ok(()),
        };
        Ok((
            Output {
                text: reply.text,
                exit: reply.code,
                session: reply.session,
            },
            result,
        ))
    }

    /// Keeps the conversation of an agent, to go on with.
    pub(super) fn remember(&mut self, step: &Step, output: &Output) {
        if let (Some(agent), Some(session)) = (step.agent(), &output.session) {
            let engine = self.choice(agent).engine;
            self.sessions
                .insert((agent.name.clone(), engine), session.clone());
        }
    }
}
