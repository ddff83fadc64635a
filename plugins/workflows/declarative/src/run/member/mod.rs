//! A step that is at work. Whenever the task that it waits for is over, it says which
//! one it wants next, or how it came to its end.

mod agent;
mod command;
mod failing;
mod obey;
mod orders;
mod place;
mod proof;
mod question;
mod trigger;

use std::collections::VecDeque;

use cm_sdk::workflow::{Command, Error, Placement, Policy, Question, Reply, invalid, policy};

use super::branch::Branch;
use super::conversation::Conversation;
use super::course::How;
use super::directive::Order;
use super::host::Host;
use super::interpreter::Interpreter;
use super::results::Output;
use crate::model::{Action, Retry, Step};
use crate::read::Files;
use failing::allows_going_on;

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
    /// A copy of the project for it.
    Branch,
    /// The step's own work.
    Work,
    /// Whether what it must produce is there.
    Proof,
    /// The command that says so.
    ProofRun,
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
    /// How often to try.
    retry: Retry,
    /// Of a command: how often it ran.
    attempt: u32,
    /// The copy of the project in which it works.
    branch: Option<Branch>,
    /// The first task of its own work.
    since: Option<String>,
    /// How often it was told that something is not produced.
    told: u32,
    /// Whether it has produced what it must.
    is_proven: bool,
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
        let file = step.agent().and_then(|agent| run.agents.get(&agent.name));
        let own = step.agent().map(|agent| agent.behaviour.patience);
        let general = file.map(|file| file.behaviour.patience);
        let patience = own.unwrap_or_default().or(general.unwrap_or_default());
        let mut options = patience.options();
        if step.produces.as_ref().is_some_and(|it| it.changes) {
            options.push(("changes".to_owned(), "true".to_owned()));
        }
        let retry = step
            .retry
            .clone()
            .or_else(|| file?.retry.clone())
            .unwrap_or_default();
        Self {
            step,
            place: run.place(step, parent),
            notes: Vec::new(),
            top,
            policy: Policy {
                timeout_ms: step.timeout.or_else(|| file?.timeout),
                idle_ms: step.idle_timeout.or_else(|| file?.idle_timeout),
                attempts: retry.attempts,
                backoff_ms: retry.backoff,
                retry: retry.on.clone(),
                class: step.class.as_ref().map(|(class, _)| class.clone()),
                options,
                ..policy()
            },
            phase: Phase::Work,
            orders: VecDeque::new(),
            output: None,
            conversation: None,
            retry,
            attempt: 1,
            branch: None,
            since: None,
            told: 0,
            is_proven: false,
            refused: None,
        }
    }

    /// The same step from its beginning, in the same place.
    pub(super) fn anew<H: Host + Files>(&self, run: &Interpreter<'r, H>) -> Self {
        Self {
            branch: self.branch.clone(),
            ..Self::new(run, self.step, self.top, self.place.parent.as_deref())
        }
    }

    /// Begins.
    pub(super) fn begin<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
    ) -> Move<'r, H::Task> {
        run.host.mark(&self.place, "started", None);
        let begun = self.start(run);
        let begun = self.or_fail(begun);
        self.proven(run, begun)
    }

    /// Goes on when `task` is over.
    pub(super) fn take<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        task: &H::Task,
        reply: Result<Reply, Error>,
    ) -> Move<'r, H::Task> {
        let next = match reply {
            Ok(reply) => match self.obey(run, task, &reply) {
                Ok(Some(next)) => Ok(next),
                Ok(None) => self.hear(run, task, reply),
                Err(error) => Err(error),
            },
            Err(error) => match self.fall_back(run, &error) {
                Some(next) => next,
                None => Err(self.of_task(run, error)),
            },
        };
        let next = self.or_fail(next);
        self.proven(run, next)
    }

    /// Keeps what it gave for later steps.
    pub(super) fn keep<H: Host + Files>(&self, run: &mut Interpreter<'r, H>) {
        if let Some(output) = &self.output {
            if let Some(agent) = self.step.agent() {
                let engine = self.conversation.as_deref().and_then(Conversation::engine);
                run.remember(agent, engine, output);
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
                let command = Command {
                    workspace: self.workspace(),
                    ..run.command(command)?
                };
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
        self.since.get_or_insert_with(|| run.host.task_id(&task));
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
                self.start(run)
            }
            Phase::Branch => self.branched(run, &reply),
            Phase::Proof => self.looked(run, &reply),
            Phase::ProofRun => self.tested(run, &reply),
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
}
