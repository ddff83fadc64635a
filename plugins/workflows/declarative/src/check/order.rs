use std::cell::Cell;
use std::collections::BTreeMap;

use super::choices::Ways;
use crate::graph::Graph;
use crate::model::{
    Action, Directives, Loop, OnFailure, Package, Selector, Signal, Step, Target, Workflow,
};
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
    pub(super) workflow: &'m Workflow,
    places: BTreeMap<&'m str, Place<'m>>,
    agents: BTreeMap<&'m str, Vec<Place<'m>>>,
    /// Which step waits for which.
    pub(super) graph: Graph,
    /// Shared state: the steps that write it; none when it is there at the start.
    pub(super) state: BTreeMap<&'m str, Option<Vec<usize>>>,
    /// From where to where the run may go back.
    loops: Vec<(usize, usize)>,
    /// What can be chosen.
    pub(super) ways: Ways<'m>,
    /// Whether anything uses the specification.
    pub(super) specified: Cell<bool>,
}

impl<'m> Order<'m> {
    pub(super) fn of(package: &'m Package, problems: &mut Problems) -> Self {
        let workflow = &package.workflow;
        let state = workflow
            .state
            .iter()
            .map(|state| (state.key.as_str(), None));
        let mut order = Self {
            workflow,
            places: BTreeMap::new(),
            agents: BTreeMap::new(),
            // A list in which steps wait for each other is reported with its `needs`.
            graph: Graph::of(&workflow.steps).unwrap_or_default(),
            state: state.collect(),
            loops: Vec::new(),
            ways: Ways::of(&workflow.choices),
            specified: Cell::new(false),
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
        order.add_triggered(package);
        for (from, step) in workflow.steps.iter().enumerate() {
            let targets = order.ways_back(package, from, step);
            order.loops.extend(targets.into_iter().map(|to| (from, to)));
        }
        order
    }

    /// Agents that a step may have run give something there too.
    fn add_triggered(&mut self, package: &'m Package) {
        for (top, group) in package.workflow.steps.iter().enumerate() {
            for step in std::iter::once(group).chain(group.children()) {
                let child = !std::ptr::eq(step, group);
                let triggered = directives(package, step).map(|(found, _)| &found.trigger);
                for (agent, _) in triggered.into_iter().flatten() {
                    let places = self.agents.entry(agent).or_default();
                    places.push(Place { top, step, child });
                }
            }
        }
    }

    /// The positions that a step may send the run back to.
    fn ways_back(&self, package: &Package, from: usize, step: &Step) -> Vec<usize> {
        let mut ids: Vec<&str> = Vec::new();
        let mut loops: Vec<&Loop> = Vec::new();
        if let OnFailure::Loop { to, .. } = &step.on_failure {
            ids.push(to);
        }
        if let Some((directives, _)) = directives(package, step) {
            loops.extend(&directives.back);
            let goto = directives.goto.iter().flat_map(|goto| &goto.to);
            ids.extend(goto.map(|(id, _)| id.as_str()));
        }
        if let Action::Run(command) = &step.action {
            for (_, signal) in &command.on_exit {
                match signal {
                    Signal::Loop(back) => loops.push(back),
                    Signal::Goto(id, ..) => ids.push(id),
                    _ => {}
                }
            }
        }
        let mut targets = Vec::new();
        for back in loops {
            match &back.to {
                Target::Step(id, _) => ids.push(id),
                Target::Back(number, _) => targets.extend(self.before(from, *number)),
            }
        }
        let places = ids.into_iter().filter_map(|id| self.place(id));
        targets.extend(places.map(|place| place.top));
        targets.retain(|to| *to <= from);
        targets
    }

    /// The position so many steps before the one at `from`. Separators are no steps.
    pub(super) fn before(&self, from: usize, number: u32) -> Option<usize> {
        let steps = self.workflow.steps.get(..from)?.iter().enumerate().rev();
        steps
            .filter(|(_, step)| step.runs())
            .nth(usize::try_from(number).ok()?.checked_sub(1)?)
            .map(|(top, _)| top)
    }

    fn add(&mut self, place: Place<'m>, problems: &mut Problems) {
        let step = place.step;
        if let Some(agent) = step.agent() {
            self.agents.entry(&agent.name).or_default().push(place);
        }
        for (key, _) in &step.set {
            let writers = self.state.entry(key).or_insert_with(|| Some(Vec::new()));
            writers.iter_mut().for_each(|list| list.push(place.top));
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

    /// What must have been chosen for a step to take part: what its group asks for
    /// and what it asks for itself.
    pub(super) fn when(&self, top: usize, step: &'m Step) -> Vec<&'m Selector> {
        let group = self.workflow.steps.get(top);
        group
            .map(|group| &group.when)
            .into_iter()
            .chain([&step.when])
            .collect()
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

/// What a step may tell the workflow, and the agent's file if that says it.
pub(super) fn directives<'m>(
    package: &'m Package,
    step: &'m Step,
) -> Option<(&'m Directives, Option<&'m str>)> {
    match &step.action {
        Action::Run(command) => Some((&command.directives, None)),
        Action::Agent(agent) => {
            let own = agent.behaviour.directives.as_ref();
            own.map(|own| (own, None)).or_else(|| {
                let file = package.agents.get(&agent.name)?;
                Some((
                    file.behaviour.directives.as_ref()?,
                    Some(file.path.as_str()),
                ))
            })
        }
        _ => None,
    }
}
