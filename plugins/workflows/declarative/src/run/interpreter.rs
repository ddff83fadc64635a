use std::collections::BTreeMap;

use cm_sdk::workflow::{Error, Placement};

use super::host::Host;
use super::outcome;
use super::render::Values;
use super::results::{Output, Results};
use crate::model::{Action, Agent, OnFailure, Step, Workflow};
use crate::template::Template;

/// A workflow that runs.
pub(super) struct Interpreter<'r, H> {
    pub(super) host: &'r H,
    pub(super) workflow: &'r Workflow,
    pub(super) agents: &'r BTreeMap<String, Agent>,
    pub(super) results: Results,
    /// By agent and engine: the conversation to go on with.
    pub(super) sessions: BTreeMap<(String, Option<String>), String>,
    /// How often each step sent the run back.
    loops: BTreeMap<String, u32>,
}

impl<'r, H: Host> Interpreter<'r, H> {
    pub(super) fn new(
        host: &'r H,
        workflow: &'r Workflow,
        agents: &'r BTreeMap<String, Agent>,
    ) -> Self {
        Self {
            host,
            workflow,
            agents,
            results: Results::default(),
            sessions: BTreeMap::new(),
            loops: BTreeMap::new(),
        }
    }

    /// Runs it from the first step to the last.
    pub(super) fn run(mut self) -> Result<String, Error> {
        for (key, value) in &self.workflow.state {
            self.host.write(key, value)?;
        }
        let steps = &self.workflow.steps;
        let mut index = 0;
        // The child of the group to run alone, when a loop goes back to it.
        let mut only = None;
        while let Some(step) = steps.get(index) {
            let chosen = std::mem::take(&mut only);
            let error = match self.perform(step, chosen) {
                Ok(()) => {
                    index += 1;
                    continue;
                }
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(error) => error,
            };
            match &step.on_failure {
                OnFailure::Stop => return Err(outcome::of_step(step, error)),
                OnFailure::Continue => index += 1,
                OnFailure::Loop { to, max, .. } => {
                    let count = self.loops.entry(step.id.clone()).or_default();
                    if *count >= *max {
                        return Err(outcome::at_limit(step, to, *max, error));
                    }
                    *count += 1;
                    // `check` has seen that it is there and does not lie ahead.
                    (index, only) = find(steps, to).unwrap_or((index, None));
                }
            }
        }
        let last = steps.last().and_then(|step| self.results.get(&step.id));
        Ok(last.map(|output| output.text.clone()).unwrap_or_default())
    }

    /// Runs a step, and writes what is to be written after it when the run goes on.
    fn perform(&mut self, step: &'r Step, only: Option<&str>) -> Result<(), Error> {
        let ran: Vec<&Step> = match &step.action {
            Action::Parallel(children) => children
                .iter()
                .filter(|child| only.is_none_or(|only| child.id == only))
                .collect(),
            _ => Vec::new(),
        };
        let result = match &step.action {
            Action::Parallel(_) => self.group(step, &ran),
            _ => self.together(&[step], None).pop().unwrap_or(Ok(())),
        };
        if matches!(result, Err(Error::Cancelled))
            || result.is_err() && step.on_failure == OnFailure::Stop
        {
            return result;
        }
        for step in ran.into_iter().chain([step]) {
            if let Err(error) = self.settle(step) {
                return result.and(Err(error));
            }
        }
        result
    }

    /// Runs steps at the same time, and makes one result of theirs.
    fn group(&mut self, group: &Step, ran: &[&'r Step]) -> Result<(), Error> {
        let place = Placement {
            step: group.id.clone(),
            parent: None,
            label: group.label.clone(),
        };
        self.host.mark(&place, "started", None);
        let results = self.together(ran, Some(&group.id));
        let result = outcome::of_group(ran, results);
        let texts = group.children().iter().filter_map(|child| {
            let output = self.results.get(&child.id)?;
            Some(format!("## {}\n\n{}", child.id, output.text.trim_end()))
        });
        let text = texts.collect::<Vec<_>>().join("\n\n");
        self.results.put(
            group,
            Output {
                text,
                ..Output::default()
            },
        );
        self.mark_end(&place, group, &result);
        result
    }

    /// What is written after a step.
    fn settle(&mut self, step: &Step) -> Result<(), Error> {
        let output = self
            .results
            .get(&step.id)
            .map(|output| output.text.clone())
            .unwrap_or_default();
        for name in &step.save {
            self.host.save(&step.id, name, &output)?;
        }
        for (key, template) in &step.set {
            let value = self.text(template, &[])?;
            self.host.write(key, &value)?;
        }
        Ok(())
    }

    /// Says that a step is over.
    pub(super) fn mark_end(&self, place: &Placement, step: &Step, result: &Result<(), Error>) {
        match result {
            Ok(()) => self.host.mark(place, "done", None),
            Err(error) => {
                let mut note = cm_sdk::workflow::message(error).to_string();
                match &step.on_failure {
                    OnFailure::Stop => {}
                    OnFailure::Continue => note.push_str("; the run goes on"),
                    OnFailure::Loop { to, max, .. } => {
                        match self.loops.get(&step.id).copied().unwrap_or(0) {
                            count if count < *max => {
                                note.push_str(&format!("; back to `{to}`, {} of {max}", count + 1))
                            }
                            _ => note.push_str(&format!(
                                "; it went back to `{to}` {max} times, which is its limit"
                            )),
                        }
                    }
                }
                self.host.mark(place, "failed", Some(&note));
            }
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
            inputs,
        }
    }
}

/// The position of the step `id`, and which child of it is meant.
fn find<'s>(steps: &'s [Step], id: &str) -> Option<(usize, Option<&'s str>)> {
    steps.iter().enumerate().find_map(|(index, step)| {
        if step.id == id {
            return Some((index, None));
        }
        let child = step.children().iter().find(|child| child.id == id)?;
        Some((index, Some(child.id.as_str())))
    })
}
