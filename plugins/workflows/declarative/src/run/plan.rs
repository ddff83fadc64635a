//! What is to be done in a block of the workflow's own list: the steps, each with what
//! belongs to it.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::graph::Graph;
use crate::model::{Action, Step};

/// Something that is done when other things are over.
#[derive(Clone, Debug)]
pub(super) struct Node<'r> {
    pub(super) part: Part<'r>,
    /// The position in the workflow's own list of the step or its group.
    pub(super) top: usize,
    /// The nodes that must be over before.
    pub(super) needs: Vec<usize>,
}

/// What is done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'r> {
    /// A step of the workflow's own list.
    Step(&'r Step),
    /// A group begins.
    Open(&'r Step),
    /// A step of a group: the step, then the group.
    Child(&'r Step, &'r Step),
    /// What a step, or those of a group, did in workspaces is brought back.
    Merge(&'r Step),
    /// A group ends.
    Close(&'r Step),
}

impl<'r> Part<'r> {
    /// The step that it belongs to.
    pub(super) fn step(&self) -> &'r Step {
        match self {
            Self::Step(step)
            | Self::Open(step)
            | Self::Child(step, _)
            | Self::Merge(step)
            | Self::Close(step) => step,
        }
    }

    /// The group that it is a part of.
    pub(super) fn group(&self) -> Option<&'r Step> {
        match self {
            Self::Child(_, group) => Some(group),
            Self::Open(step) | Self::Merge(step) | Self::Close(step) => {
                step.is_group().then_some(step)
            }
            Self::Step(_) => None,
        }
    }
}

/// What is to be done in a block.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan<'r> {
    pub(super) nodes: Vec<Node<'r>>,
    /// The last node of each step of the workflow's own list, in its order.
    pub(super) exits: Vec<usize>,
    /// Whether several steps of the list are in it.
    pub(super) is_graph: bool,
}

impl<'r> Plan<'r> {
    pub(super) fn of(steps: &'r [Step], graph: &Graph, block: Range<usize>) -> Self {
        let mut plan = Self {
            is_graph: block.len() > 1,
            ..Self::default()
        };
        let mut ways: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for top in block {
            if let Some(step) = steps.get(top).filter(|step| step.runs()) {
                let entry = plan.nodes.len();
                let exit = plan.step(step, top);
                plan.exits.push(exit);
                ways.insert(top, (entry, exit));
            }
        }
        for (top, (entry, _)) in &ways {
            let needs = graph.needs(*top);
            let exits = needs.filter_map(|need| Some(ways.get(&need)?.1));
            if let Some(node) = plan.nodes.get_mut(*entry) {
                node.needs.extend(exits);
            }
        }
        plan
    }

    /// Adds a step; gives its last node.
    fn step(&mut self, step: &'r Step, top: usize) -> usize {
        let Action::Parallel(children) = &step.action else {
            let own = self.add(Part::Step(step), top, Vec::new());
            return match step.workspace {
                Some(_) => self.add(Part::Merge(step), top, vec![own]),
                None => own,
            };
        };
        let open = self.add(Part::Open(step), top, Vec::new());
        let mut all = vec![open];
        for child in children {
            all.push(self.add(Part::Child(child, step), top, vec![open]));
        }
        if children.iter().any(|child| child.workspace.is_some()) {
            all = vec![self.add(Part::Merge(step), top, all)];
        }
        self.add(Part::Close(step), top, all)
    }

    fn add(&mut self, part: Part<'r>, top: usize, needs: Vec<usize>) -> usize {
        self.nodes.push(Node { part, top, needs });
        self.nodes.len() - 1
    }
}
