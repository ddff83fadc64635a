use std::collections::{BTreeMap, BTreeSet};

use cm_sdk::workflow::{Error, Placement};

use super::course::{How, Spot, find};
use super::host::Host;
use super::outcome;
use super::passing::Detour;
use super::render::Values;
use super::results::Results;
use super::selection::Selection;
use super::way::Leaving;
use crate::model::{Action, Agent, OnFailure, Package, Step, Workflow};
use crate::read::Files;
use crate::template::Template;

/// A workflow that runs.
pub(super) struct Interpreter<'r, H> {
    pub(super) host: &'r H,
    pub(super) workflow: &'r Workflow,
    pub(super) agents: &'r BTreeMap<String, Agent>,
    pub(super) selection: Selection,
    pub(super) results: Results,
    /// By agent and engine: the conversation to go on with.
    pub(super) sessions: BTreeMap<(String, Option<String>), String>,
    /// The steps that were done when they ran last.
    pub(super) done: BTreeSet<String>,
    pub(super) detours: Vec<Detour>,
    /// How often each step sent the run back because a turn or a command said so.
    pub(super) rounds: BTreeMap<Leaving, u32>,
    /// How often each step sent the run to another one.
    pub(super) jumps: BTreeMap<Leaving, u32>,
    /// How often each step sent the run back because it failed.
    pub(super) loops: BTreeMap<String, u32>,
}

impl<'r, H: Host + Files> Interpreter<'r, H> {
    pub(super) fn new(host: &'r H, package: &'r Package) -> Self {
        Self {
            host,
            workflow: &package.workflow,
            agents: &package.agents,
            selection: Selection::of(host),
            results: Results::default(),
            sessions: BTreeMap::new(),
            done: BTreeSet::new(),
            detours: Vec::new(),
            rounds: BTreeMap::new(),
            jumps: BTreeMap::new(),
            loops: BTreeMap::new(),
        }
    }

    /// Runs it from the first step to the last.
    pub(super) fn run(mut self) -> Result<String, Error> {
        self.open()?;
        let steps = &self.workflow.steps;
        let mut spot = Spot {
            index: 0,
            only: None,
        };
        while let Some(step) = steps.get(spot.index) {
            self.arrive(spot.index);
            spot = self.perform(step, spot)?;
        }
        let last = steps
            .iter()
            .rev()
            .find_map(|step| self.results.of_step(&step.id));
        Ok(last.map(|output| output.text.clone()).unwrap_or_default())
    }

    /// Runs a step, writes what is to be written after it when the run goes on, and
    /// says where that is.
    fn perform(&mut self, step: &'r Step, spot: Spot<'r>) -> Result<Spot<'r>, Error> {
        let next = Spot {
            index: spot.index + 1,
            only: None,
        };
        if matches!(step.action, Action::Separator(_)) || self.pass_over(step, None) {
            return Ok(next);
        }
        let (how, settled) = match &step.action {
            Action::Parallel(children) => self.group(step, children, spot),
            _ => match self.together(&[step], spot.index, None).pop() {
                Some((_, how)) => {
                    let settled = self.settle(step, &how);
                    (how, settled)
                }
                None => (How::Done, Ok(())),
            },
        };
        // What could not be written after a step that worked makes it one that failed.
        let how = match (how, settled) {
            (How::Done | How::Jump(_), Err(error)) => How::Failed(error),
            (how, _) => how,
        };
        let error = match how {
            How::Done | How::Left(_) => return Ok(next),
            How::Jump(jump) => return Ok(jump.spot),
            How::Stopped(error) | How::Failed(error @ Error::Cancelled) => return Err(error),
            How::Failed(error) => error,
        };
        match &step.on_failure {
            OnFailure::Stop => Err(outcome::of_step(step, error)),
            OnFailure::Continue => Ok(next),
            OnFailure::Loop { to, max, .. } => {
                let count = self.loops.entry(step.id.clone()).or_default();
                if *count >= *max {
                    return Err(outcome::at_limit(step, to, *max, error));
                }
                *count += 1;
                // `check` has seen that it is there and does not lie ahead.
                Ok(find(&self.workflow.steps, to).unwrap_or(spot))
            }
        }
    }

    /// Says that the run does not stop at a step, if it does not.
    pub(super) fn pass_over(&mut self, step: &'r Step, parent: Option<&str>) -> bool {
        let Some(why) = self.passed_over(step) else {
            return false;
        };
        if self.left_out(step).is_some() {
            self.results.leave_out(step, &why);
        }
        let place = self.place(step, parent);
        self.host.mark(&place, "skipped", Some(&why));
        true
    }

    /// What is written after a step.
    pub(super) fn settle(&mut self, step: &Step, how: &How<'_>) -> Result<(), Error> {
        let ends = matches!(how, How::Failed(_)) && step.on_failure == OnFailure::Stop;
        if !how.settles() || ends {
            return Ok(());
        }
        let output = self.results.of_step(&step.id);
        let output = output.map(|output| output.text.clone()).unwrap_or_default();
        for name in &step.save {
            self.host.save(&step.id, name, &output)?;
        }
        for (key, template) in &step.set {
            let value = self.text(template, &[])?;
            self.host.write(key, &value)?;
        }
        Ok(())
    }

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

    pub(super) fn text(
        &self,
        template: &Template,
        inputs: &[(String, String)],
    ) -> Result<String, Error> {
        self.values(inputs).text(template)
    }

    pub(super) fn values<'v>(&'v self, inputs: &'v [(String, String)]) -> Values<'v, H> {
        Values {
            host: self.host,
            results: &self.results,
            files: &self.workflow.files,
            inputs,
            so_far: None,
        }
    }
}
