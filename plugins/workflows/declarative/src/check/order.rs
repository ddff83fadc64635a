use std::collections::BTreeMap;

use crate::model::{OnFailure, Step, Workflow};
use crate::problem::Problems;

/// Where a step is.
#[derive(Clone, Copy)]
pub(super) struct Place<'m> {
    /// The position in the workflow of it, or of its group.
    pub(super) top: usize,
    pub(super) step: &'m Step,
    pub(super) child: bool,
}

/// Which step comes before which.
pub(super) struct Order<'m> {
    places: BTreeMap<&'m str, Place<'m>>,
    agents: BTreeMap<&'m str, Vec<Place<'m>>>,
    /// Shared state: the first step that writes it; none when it is there at the start.
    pub(super) state: BTreeMap<&'m str, Option<usize>>,
    /// From where to where the run may go back.
    loops: Vec<(usize, usize)>,
}

impl<'m> Order<'m> {
    pub(super) fn of(workflow: &'m Workflow, problems: &mut Problems) -> Self {
        let mut order = Self {
            places: BTreeMap::new(),
            agents: BTreeMap::new(),
            state: workflow
                .state
                .iter()
                .map(|(key, _)| (key.as_str(), None))
                .collect(),
            loops: Vec::new(),
        };
        for (top, step) in workflow.steps.iter().enumerate() {
            order.add(
                Place {
                    top,
                    step,
                    child: false,
                },
                problems,
            );
            for child in step.children() {
                order.add(
                    Place {
                        top,
                        step: child,
                        child: true,
                    },
                    problems,
                );
            }
        }
        for (from, step) in workflow.steps.iter().enumerate() {
            if let OnFailure::Loop { to, .. } = &step.on_failure
                && let Some(target) = order.places.get(to.as_str())
            {
                order.loops.push((from, target.top));
            }
        }
        order
    }

    fn add(&mut self, place: Place<'m>, problems: &mut Problems) {
        let step = place.step;
        if let Some(agent) = step.agent() {
            self.agents.entry(&agent.name).or_default().push(place);
        }
        for (key, _) in &step.set {
            self.state.entry(key).or_insert(Some(place.top));
        }
        // One that could not be understood has no id, and was reported.
        if step.id.is_empty() {
            return;
        }
        match self.places.get(step.id.as_str()) {
            None => {
                self.places.insert(&step.id, place);
            }
            Some(first) => {
                let message = format!(
                    "there are two steps `{}`; the other one is in line {}",
                    step.id, first.step.at.line
                );
                problems.error(step.at, message, "give one of them an `id` of its own");
            }
        }
    }

    /// The step with this id.
    pub(super) fn place(&self, id: &str) -> Option<Place<'m>> {
        self.places.get(id).copied()
    }

    /// The steps that `name` may mean: the one with this id, else those that run
    /// the agent of this name.
    pub(super) fn named(&self, name: &str) -> Vec<Place<'m>> {
        match self.places.get(name) {
            Some(place) => vec![*place],
            None => self.agents.get(name).cloned().unwrap_or_default(),
        }
    }

    /// Every id and agent.
    pub(super) fn names(&self) -> impl Iterator<Item = &'m str> + Clone + '_ {
        let agents = self.agents.keys().copied();
        self.ids()
            .chain(agents.filter(|name| !self.places.contains_key(name)))
    }

    /// The ids of the steps.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'m str> + Clone + '_ {
        self.places.keys().copied()
    }

    /// Whether the run may come back to `reader` after `target` has run.
    pub(super) fn comes_back(&self, reader: usize, target: usize) -> bool {
        self.loops
            .iter()
            .any(|(from, to)| *to <= reader && *from >= target)
    }
}
