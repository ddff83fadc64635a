//! Reading what a run has finished.

use std::collections::{BTreeMap, HashMap, HashSet};

use cm_types::{Decision, Error, Outline, Placement, Work};

use crate::{
    Event, Offers, RunEnd, TaskKey,
    offer::{Keepsake, Offer, stands_in},
};

mod asked;
mod foresight;

use asked::{Asked, Kind, Over, is_there};

/// Reads the journal of a run for what it has to offer, event by event.
#[derive(Debug, Default)]
pub struct Gathering {
    run: String,
    at: String,
    outline: Outline,
    /// The step was asked for.
    reached: bool,
    /// It failed, and nobody went on with it.
    failed: bool,
    asked: BTreeMap<u32, Asked>,
    /// What was asked for within a task of the workflow: in which.
    roots: HashMap<u32, u32>,
    told: HashMap<(String, u32), Option<String>>,
}

impl Gathering {
    /// Of this run, for one that begins anew with this step.
    pub fn new(run: impl Into<String>, at: impl Into<String>) -> Self {
        Self {
            run: run.into(),
            at: at.into(),
            ..Self::default()
        }
    }

    /// Adds the next event.
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::Started(start) => self.outline = start.outline.clone().unwrap_or_default(),
            Event::Resumed { outline, .. } => {
                self.outline = outline.clone();
                self.failed = false;
            }
            Event::Requested {
                task,
                scope: Some(scope),
                ..
            } => {
                let root = self.root(*scope);
                self.roots.insert(*task, root);
            }
            Event::Requested {
                task,
                key,
                place,
                work,
                ..
            } => self.requested(*task, key, place, work),
            Event::Finished {
                task,
                result,
                by,
                shown,
            }
            | Event::Reused {
                task,
                result,
                by,
                shown,
                ..
            } => {
                let (result, by, shown) = (result.clone(), by.clone(), *shown);
                self.over(*task, Over { result, by, shown });
            }
            Event::Reopened { task } => {
                if let Some(asked) = self.asked.get_mut(task) {
                    asked.over = None;
                }
            }
            Event::Ended {
                end: RunEnd::Failed { .. },
            } => self.failed = true,
            Event::Written {
                scope: Some(scope),
                key,
                value,
                ..
            } => {
                let (key, value) = (key.clone(), value.clone());
                self.keep(*scope, Keepsake::Value { key, value });
            }
            Event::Saved {
                scope: Some(scope),
                step,
                name,
                content,
                ..
            } => {
                let (step, name) = (step.clone(), name.clone());
                let content = content.clone();
                self.keep(
                    *scope,
                    Keepsake::Text {
                        step,
                        name,
                        content,
                    },
                );
            }
            Event::Observed {
                scope: None,
                what,
                ordinal,
                value,
                ..
            } if matches!(what.as_str(), "now" | "random") => {
                self.told.insert((what.clone(), *ordinal), value.clone());
            }
            _ => {}
        }
    }

    fn requested(&mut self, task: u32, key: &TaskKey, place: &Placement, work: &Work) {
        self.reached |= stands_in(&self.outline, place, &self.at);
        let kind = match work {
            Work::Talk(_) => return,
            Work::Branch(_) => Kind::Branch,
            Work::Merge(merge) if !self.reached => Kind::Merge(merge.from.clone()),
            _ => Kind::Other,
        };
        let asked = Asked {
            key: key.clone(),
            step: place.step.clone(),
            kind,
            anew: self.reached,
            over: None,
            kept: Vec::new(),
        };
        self.asked.insert(task, asked);
    }

    fn over(&mut self, task: u32, over: Over) {
        if let Some(asked) = self.asked.get_mut(&task) {
            // Nobody wants a run stopped that has only begun.
            let stopped = match &over.result {
                Ok(reply) => matches!(reply.decision, Some(Decision::Stop(_))),
                Err(error) => *error == Error::Cancelled,
            };
            asked.over = (!stopped).then_some(over);
        }
    }

    fn keep(&mut self, scope: u32, keepsake: Keepsake) {
        let root = self.root(scope);
        if let Some(asked) = self.asked.get_mut(&root) {
            asked.kept.push(keepsake);
        }
    }

    fn root(&self, task: u32) -> u32 {
        self.roots.get(&task).copied().unwrap_or(task)
    }

    /// What there is.
    pub fn offers(self) -> Offers {
        let (merged, fatal) = (self.merged(), self.fatal());
        let mut results = HashMap::new();
        for (task, asked) in self.asked {
            let Some(over) = asked.over.filter(|_| !fatal.contains(&task)) else {
                continue;
            };
            if matches!(asked.kind, Kind::Branch) && !is_there(&over.result, &merged) {
                continue;
            }
            let offer = Offer {
                task,
                result: over.result,
                by: over.by,
                shown: over.shown,
                kept: asked.kept,
            };
            results.insert(asked.key, offer);
        }
        Offers {
            run: self.run,
            results,
            told: self.told,
        }
    }

    /// The branches that were brought back before the step.
    fn merged(&self) -> HashSet<String> {
        let merges = self.asked.values().filter_map(|asked| match &asked.kind {
            Kind::Merge(from) => Some((from, asked.over.as_ref()?)),
            _ => None,
        });
        let good = merges.filter(|(_, over)| over.result.is_ok());
        good.map(|(from, _)| from.clone()).collect()
    }

    /// Where the run failed, each step's last error: it is tried again. The run has got
    /// past all others, with another engine or without what had failed.
    fn fatal(&self) -> HashSet<u32> {
        let mut last = HashMap::new();
        for (task, asked) in self.asked.iter().filter(|_| self.failed) {
            let failed = asked.over.as_ref().is_some_and(|over| over.result.is_err());
            last.insert(asked.step.as_str(), (*task, failed));
        }
        let failed = last.into_values().filter(|(_, failed)| *failed);
        failed.map(|(task, _)| task).collect()
    }
}
