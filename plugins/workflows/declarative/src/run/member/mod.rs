//! A step that is at work. Whenever the task that it waits for is over, it says which
//! one it wants next, or how it came to its end.

mod agent;
mod command;
mod obey;
mod orders;
mod question;
mod trigger;

use std::collections::VecDeque;

use cm_sdk::workflow::{
    Decision, Error, Placement, Policy, Question, Reply, invalid, message, policy,
};

use super::conversation::Conversation;
use super::course::How;
use super::directive::Order;
use super::host::Host;
use super::interpreter::Interpreter;
use super::outcome;
use super::results::Output;
use crate::model::{Action, Step};
use crate::read::Files;

/// What a member wants.
pub(super) enum Move<'r, T> {
    /// To be told when this is over.
    Wait(T),
    /// Nothing: it is over.
    Over(How<'r>),
}

/// What the task is for that a member waits for.
#[derive(Clone, Debug, PartialEq)]
enum Phase {
    /// The step's own work.
    Work,
    /// What is to come after a turn.
    Gate,
    /// Whether to go on.
    Checkpoint(Box<Question>),
    /// An agent that the step started, by its name.
    Trigger(String),
    /// Whether to do the work once more.
    Again,
}

/// A step that is at work.
pub(super) struct Member<'r> {
    pub(super) step: &'r Step,
    pub(super) place: Placement,
    /// For its last mark.
    pub(super) notes: Vec<String>,
    /// Its position in the workflow, or that of its group.
    top: usize,
    policy: Policy,
    phase: Phase,
    /// What it was told and has not done yet.
    orders: VecDeque<Order<'r>>,
    /// What it gave; none as long as it gave nothing.
    output: Option<Output>,
    /// With an agent.
    conversation: Option<Box<Conversation<'r>>>,
    /// Of a command: how often it ran.
    attempt: u32,
    /// Why something that somebody wanted cannot be done, until they are told.
    refused: Option<String>,
}

impl<'r> Member<'r> {
    pub(super) fn new<H: Host + Files>(
        run: &Interpreter<'r, H>,
        step: &'r Step,
        top: usize,
        parent: Option<&str>,
    ) -> Self {
        let timeout = step
            .timeout
            .or_else(|| run.agents.get(&step.agent()?.name)?.timeout);
        Self {
            step,
            place: run.place(step, parent),
            notes: Vec::new(),
            top,
            policy: Policy {
                timeout_ms: timeout,
                attempts: step.attempts,
                ..policy()
            },
            phase: Phase::Work,
            orders: VecDeque::new(),
            output: None,
            conversation: None,
            attempt: 1,
            refused: None,
        }
    }

    /// Begins.
    pub(super) fn begin<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
    ) -> Move<'r, H::Task> {
        run.host.mark(&self.place, "started", None);
        let begun = self.work(run);
        self.or_fail(begun)
    }

    /// Goes on when `task` is over.
    pub(super) fn take<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        task: &H::Task,
        reply: Result<Reply, Error>,
    ) -> Move<'r, H::Task> {
        let reply = reply.map_err(|error| self.of_task(run, error));
        let next = reply.and_then(|reply| match self.obey(run, task, &reply)? {
            Some(next) => Ok(next),
            None => self.hear(run, task, reply),
        });
        self.or_fail(next)
    }

    /// Keeps what it gave for later steps.
    pub(super) fn keep<H: Host + Files>(&self, run: &mut Interpreter<'r, H>) {
        if let Some(output) = &self.output {
            if let Some(agent) = self.step.agent() {
                run.remember(agent, output);
            }
            run.results.put(self.step, output.clone());
        }
    }

    /// Asks the host for the step's own work.
    fn work<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
    ) -> Result<Move<'r, H::Task>, Error> {
        self.phase = Phase::Work;
        let task = match &self.step.action {
            Action::Agent(agent) => return self.first_turn(run, agent),
            Action::Run(command) => {
                let command = run.command(command)?;
                run.host.command(&self.place, &command, &self.policy)?
            }
            Action::Ask(ask) | Action::Approve(ask) => {
                let question = self.question(run, ask)?;
                run.host.ask(&self.place, &question, &self.policy)?
            }
            Action::Component { name, input } => {
                let mut json = String::new();
                run.values(&[]).json(input, &mut json)?;
                run.host.step(&self.place, name, &json, &self.policy)?
            }
            // Groups are in the workflow's own list only, and run elsewhere.
            Action::Parallel(_) => {
                return Err(invalid(
                    "group-in-group",
                    "a group inside a group is not supported yet",
                ));
            }
            Action::Separator(_) => return Ok(Move::Over(How::Done)),
        };
        Ok(Move::Wait(task))
    }

    /// Takes what came of the task that it waited for.
    fn hear<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        task: &H::Task,
        reply: Reply,
    ) -> Result<Move<'r, H::Task>, Error> {
        match self.phase.clone() {
            Phase::Gate => self.decided(run, &reply),
            Phase::Checkpoint(_) => {
                allows_going_on(&reply, "a checkpoint")?;
                self.directed(run)
            }
            Phase::Again => {
                allows_going_on(&reply, "the question whether to try again")?;
                self.work(run)
            }
            Phase::Trigger(agent) => {
                self.triggered(run, &agent, reply)?;
                self.directed(run)
            }
            Phase::Work => match &self.step.action {
                Action::Agent(_) => self.turned(run, task, reply),
                Action::Run(command) => self.ran(run, command, reply),
                Action::Ask(ask) => Ok(self.answered(ask, reply)),
                Action::Approve(_) => self.approved(&reply),
                _ => {
                    self.output = Some(Output::of(reply));
                    Ok(Move::Over(How::Done))
                }
            },
        }
    }

    /// An error ends a step. One that ends without a word of its own says why, so that
    /// whoever mends it can be told.
    fn or_fail<T>(&mut self, next: Result<Move<'r, T>, Error>) -> Move<'r, T> {
        next.unwrap_or_else(|error| {
            let text = match &error {
                Error::Cancelled => String::new(),
                error => message(error).to_string(),
            };
            self.output = Some(Output {
                text,
                ..Output::default()
            });
            Move::Over(How::Failed(error))
        })
    }
}

/// Refuses an answer that says something else than to go on.
fn allows_going_on(reply: &Reply, asked: &str) -> Result<(), Error> {
    match reply.decision {
        None | Some(Decision::Next | Decision::Approve) => Ok(()),
        _ => Err(outcome::of_decision(asked)),
    }
}
