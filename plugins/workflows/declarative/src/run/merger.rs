//! Brings back what was done in copies of the project: one after the other, each with
//! the checks after it. Who solves a conflict, or mends what a check finds, is the
//! workspace's agent or a person.

use std::collections::VecDeque;

use cm_sdk::workflow::{
    Decision, Error, Merging, Placement, Question, Reply, message, policy, question,
};

use super::branch::Branch;
use super::course::How;
use super::host::Host;
use super::interpreter::Interpreter;
use super::member::Move;
use super::{outcome, speak};
use crate::model::{Merge, Step, Workspace};
use crate::read::Files;

/// Something to bring back.
pub(super) struct Item<'r> {
    pub(super) step: &'r Step,
    pub(super) workspace: &'r Workspace,
    pub(super) branch: Branch,
}

/// What the task is for that it waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    /// Whether to merge at all.
    Asking,
    Merging,
    /// Which check.
    Checking(usize),
    /// An agent mends it.
    Solving,
    /// A person does.
    Person,
}

/// Brings back what was done in copies of the project.
pub(super) struct Merger<'r> {
    pub(super) owner: &'r Step,
    items: VecDeque<Item<'r>>,
    pub(super) now: Option<Item<'r>>,
    pub(super) phase: Phase,
    pub(super) place: Placement,
    /// What is wrong with the merge; none as long as nothing is.
    pub(super) wrong: Option<String>,
    /// How often somebody was asked to mend it.
    pub(super) tries: u32,
    /// The conversation with the agent that does.
    pub(super) session: Option<String>,
}

impl<'r> Merger<'r> {
    /// For those of the steps that are `done`.
    pub(super) fn new<H: Host + Files>(
        run: &mut Interpreter<'r, H>,
        owner: &'r Step,
        done: &[&'r Step],
    ) -> Self {
        let rank = |step: &Step| {
            let first = owner.merge_order.iter();
            let mut first = first.map(|(id, _)| id);
            first.position(|id| *id == step.id).unwrap_or(usize::MAX)
        };
        let mut steps = done.to_vec();
        steps.sort_by_key(|step| rank(step));
        let items = steps.into_iter().filter_map(|step| {
            Some(Item {
                step,
                workspace: step.workspace.as_ref()?,
                branch: run.branches.remove(&step.id)?,
            })
        });
        Self {
            owner,
            items: items.collect(),
            now: None,
            phase: Phase::Merging,
            place: run.place(owner, None),
            wrong: None,
            tries: 0,
            session: None,
        }
    }

    /// Begins.
    pub(super) fn begin<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
    ) -> Move<'r, H::Task> {
        let next = self.next(run);
        self.or_fail(run, next)
    }

    /// Goes on when the task is over.
    pub(super) fn take<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        reply: Result<Reply, Error>,
    ) -> Move<'r, H::Task> {
        let next = reply.and_then(|reply| {
            if let Some(Decision::Stop(reason)) = &reply.decision {
                let error = outcome::stopped(speak::by(&reply), reason);
                self.mark(run, "failed", Some(message(&error)));
                return Ok(Move::Over(How::Stopped(error)));
            }
            self.hear(run, reply)
        });
        self.or_fail(run, next)
    }

    /// It is ended from outside.
    pub(super) fn leave<H: Host + Files>(&self, run: &Interpreter<'r, H>, why: &str) {
        self.mark(run, "skipped", Some(why));
    }

    /// The next one, or the end.
    pub(super) fn next<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
    ) -> Result<Move<'r, H::Task>, Error> {
        self.wrong = None;
        self.tries = 0;
        self.session = None;
        self.now = None;
        while let Some(item) = self.items.pop_front() {
            let id = item.step.id.clone();
            let parent = self.owner.id.clone();
            self.place = Placement {
                step: format!("{id}/merge"),
                parent: Some(parent),
                label: Some(format!("merge of {id}")),
            };
            let merge = item.workspace.merge;
            let branch = item.branch.id.clone();
            let shared = item.branch.shared;
            self.now = Some(item);
            match merge {
                Merge::Never => {
                    let why = format!("it stays in the branch {branch}");
                    self.mark(run, "skipped", Some(&why));
                }
                Merge::Ask if !shared => {
                    self.mark(run, "started", None);
                    self.phase = Phase::Asking;
                    let question = Question {
                        kind: "approval".into(),
                        ..question(format!(
                            "Merge what `{id}` did? It is in the branch {branch}."
                        ))
                    };
                    let task = run.host.ask(&self.place, &question, &policy())?;
                    return Ok(Move::Wait(task));
                }
                Merge::Ask | Merge::Always => {
                    self.mark(run, "started", None);
                    return match shared {
                        true => self.check(run, 0),
                        false => self.merge(run),
                    };
                }
            }
        }
        Ok(Move::Over(How::Done))
    }

    pub(super) fn merge<H: Host + Files>(
        &mut self,
        run: &Interpreter<'r, H>,
    ) -> Result<Move<'r, H::Task>, Error> {
        self.phase = Phase::Merging;
        let Some(item) = &self.now else {
            return Ok(Move::Over(How::Done));
        };
        let merging = Merging {
            from: item.branch.id.clone(),
            message: Some(format!("Merge the step {}", item.step.id)),
            options: Vec::new(),
        };
        let task = run.host.merge(&self.place, &merging, &policy())?;
        Ok(Move::Wait(task))
    }

    /// Runs the check at `at`, or goes on when there is none left.
    pub(super) fn check<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        at: usize,
    ) -> Result<Move<'r, H::Task>, Error> {
        let owner = self.owner;
        if let Some(check) = owner.checks.get(at) {
            self.phase = Phase::Checking(at);
            let command = run.command(check)?;
            let task = run.host.command(&self.place, &command, &policy())?;
            return Ok(Move::Wait(task));
        }
        let shared = self.now.as_ref().is_some_and(|item| item.branch.shared);
        match &self.wrong {
            // What was mended belongs to the merge too.
            Some(_) if !shared => self.merge(run),
            _ => self.merged(run),
        }
    }

    pub(super) fn merged<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
    ) -> Result<Move<'r, H::Task>, Error> {
        self.mark(run, "done", None);
        self.next(run)
    }

    fn or_fail<H: Host + Files>(
        &self,
        run: &Interpreter<'r, H>,
        next: Result<Move<'r, H::Task>, Error>,
    ) -> Move<'r, H::Task> {
        next.unwrap_or_else(|error| {
            let error = match (&self.now, &error) {
                (Some(_), Error::Other(failure)) if failure.code == "merge-conflict" => error,
                (Some(item), _) => outcome::say(error, |words| {
                    format!(
                        "the work of the step `{}` could not be merged: {words}",
                        item.step.id
                    )
                }),
                (None, _) => error,
            };
            self.mark(run, "failed", Some(message(&error)));
            Move::Over(How::Failed(error))
        })
    }

    pub(super) fn mark<H: Host + Files>(
        &self,
        run: &Interpreter<'r, H>,
        state: &str,
        note: Option<&str>,
    ) {
        run.host.mark(&self.place, state, note);
    }
}
