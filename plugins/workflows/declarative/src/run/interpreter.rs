use std::collections::{BTreeMap, BTreeSet};

use cm_sdk::workflow::{Error, Placement};

use super::branch::Branch;
use super::course::{How, Spot, find};
use super::crew::Crew;
use super::host::Host;
use super::outcome;
use super::passing::Detour;
use super::plan::Plan;
use super::render::Values;
use super::results::Results;
use super::selection::Selection;
use super::way::Leaving;
use crate::graph::Graph;
use crate::model::{Agent, OnFailure, Package, Step, Workflow};
use crate::read::Files;
use crate::template::Template;

/// A workflow that runs.
pub(super) struct Interpreter<'r, H> {
    pub(super) host: &'r H,
    pub(super) workflow: &'r Workflow,
    pub(super) agents: &'r BTreeMap<String, Agent>,
    pub(super) graph: Graph,
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
    /// By step: the copy of the project in which it worked last.
    pub(super) branches: BTreeMap<String, Branch>,
    /// By step: how many copies were made.
    pub(super) copies: BTreeMap<String, u32>,
}

impl<'r, H: Host + Files> Interpreter<'r, H> {
    pub(super) fn new(host: &'r H, package: &'r Package) -> Self {
        Self {
            host,
            workflow: &package.workflow,
            agents: &package.agents,
            // `check` has refused a list in which steps wait for each other.
            graph: Graph::of(&package.workflow.steps).unwrap_or_default(),
            selection: Selection::of(host),
            results: Results::default(),
            sessions: BTreeMap::new(),
            done: BTreeSet::new(),
            detours: Vec::new(),
            rounds: BTreeMap::new(),
            jumps: BTreeMap::new(),
            loops: BTreeMap::new(),
            branches: BTreeMap::new(),
            copies: BTreeMap::new(),
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
        while spot.index < steps.len() {
            self.arrive(spot.index);
            spot = self.perform(spot)?;
        }
        let last = steps
            .iter()
            .rev()
            .find_map(|step| self.results.of_step(&step.id));
        Ok(last.map(|output| output.text.clone()).unwrap_or_default())
    }

    /// Runs the block that begins at a place, and says where the run goes on.
    fn perform(&mut self, spot: Spot<'r>) -> Result<Spot<'r>, Error> {
        let steps = &self.workflow.steps;
        let block = self.graph.block(spot.index);
        let next = Spot {
            index: block.end,
            only: None,
        };
        let plan = Plan::of(steps, &self.graph, block);
        let ends = Crew::new(self, plan, spot.only).work();
        let mut failed = Vec::new();
        let mut elsewhere = None;
        for (step, how) in ends {
            match how {
                How::Stopped(error) | How::Failed(error @ Error::Cancelled) => return Err(error),
                How::Failed(error) => failed.push((step, error)),
                How::Jump(jump) => elsewhere = elsewhere.or(Some(jump.spot)),
                How::Done | How::Left(_) => {}
            }
        }
        failed.retain(|(step, _)| step.on_failure != OnFailure::Continue);
        let stops = |step: &Step| step.on_failure == OnFailure::Stop;
        let ended: Vec<_> = failed
            .iter()
            .filter(|(step, _)| stops(step))
            .cloned()
            .collect();
        if let Some(error) = outcome::of_steps(&ended) {
            return Err(error);
        }
        for (step, error) in failed {
            let OnFailure::Loop { to, max, .. } = &step.on_failure else {
                continue;
            };
            let count = self.loops.entry(step.id.clone()).or_default();
            if *count >= *max {
                return Err(outcome::at_limit(step, to, *max, error));
            }
            *count += 1;
            // `check` has seen that it is there and does not lie ahead.
            return Ok(find(&self.workflow.steps, to).unwrap_or(spot));
        }
        Ok(elsewhere.unwrap_or(next))
    }

    /// A step of the workflow's own list is over: what is to be written after it is.
    pub(super) fn settled(&mut self, step: &'r Step, how: How<'r>) -> How<'r> {
        if how == How::Done {
            self.done.insert(step.id.clone());
        }
        match self.settle(step, &how) {
            Ok(()) => how,
            Err(error) => outcome::unwritten(how, error),
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
