//! Drives everything in a block: begins each node when those before it are over, and
//! brings each on by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::course::How;
use super::host::Host;
use super::interpreter::Interpreter;
use super::member::{Member, Move};
use super::plan::{Node, Part, Plan};
use super::worker::{State, Worker};
use crate::model::{OnFailure, Step};
use crate::read::Files;

/// Everything that is at work in a block.
pub(super) struct Crew<'c, 'r, H: Host> {
    pub(super) run: &'c mut Interpreter<'r, H>,
    pub(super) plan: Plan<'r>,
    /// The child of the group that runs alone.
    pub(super) only: Option<&'r str>,
    pub(super) states: Vec<State<'r>>,
    /// Steps of groups that are over, until their group is.
    pub(super) kept: BTreeMap<usize, Box<Member<'r>>>,
    /// Which nodes each one lets begin, and for how many each one waits still.
    wanted_by: Vec<Vec<usize>>,
    left: Vec<usize>,
    ready: BTreeSet<usize>,
    pub(super) waiting: Vec<(usize, Worker<'r>, H::Task)>,
    /// Somebody ended the run.
    pub(super) halted: bool,
    /// The run goes on elsewhere, as soon as what is at work is over.
    pub(super) leaving: bool,
    /// Why nothing else begins: in the whole block, or in a group.
    pub(super) stopped: BTreeMap<Option<&'r str>, String>,
}

impl<'c, 'r, H: Host + Files> Crew<'c, 'r, H> {
    pub(super) fn new(
        run: &'c mut Interpreter<'r, H>,
        plan: Plan<'r>,
        only: Option<&'r str>,
    ) -> Self {
        let count = plan.nodes.len();
        let mut wanted_by = vec![Vec::new(); count];
        for (at, node) in plan.nodes.iter().enumerate() {
            for need in &node.needs {
                if let Some(list) = wanted_by.get_mut(*need) {
                    list.push(at);
                }
            }
        }
        let left: Vec<usize> = plan.nodes.iter().map(|node| node.needs.len()).collect();
        let ready = (0..count).filter(|at| left.get(*at) == Some(&0)).collect();
        Self {
            run,
            plan,
            only,
            states: vec![State::New; count],
            kept: BTreeMap::new(),
            wanted_by,
            left,
            ready,
            waiting: Vec::new(),
            halted: false,
            leaving: false,
            stopped: BTreeMap::new(),
        }
    }

    /// Does everything that can be done. Gives how each step of the workflow's own list
    /// ended, in its order, as far as it ran.
    pub(super) fn work(mut self) -> Vec<(&'r Step, How<'r>)> {
        loop {
            // Everything that can begin does, before anything is waited for.
            while let Some(at) = self.ready.pop_first() {
                self.begin(at);
            }
            let first = match self.waiting.len() {
                0 => break,
                1 => 0,
                count => {
                    let tasks: Vec<_> = self.waiting.iter().map(|(_, _, task)| task).collect();
                    self.run.host.next(&tasks).min(count - 1)
                }
            };
            let (at, mut worker, task) = self.waiting.remove(first);
            let reply = self.run.host.wait(&task);
            let mut next = worker.take(self.run, &task, reply);
            if let Worker::Member(member) = &mut worker
                && self.is_its_own_beginning(at, &next)
            {
                // Back to the beginning of itself: the others need not wait for that.
                member.keep(self.run);
                self.run.mark_member(member, &next);
                **member = member.anew(self.run);
                next = member.begin(self.run);
            }
            self.sort(at, worker, next);
        }
        let exits = self.plan.exits.iter();
        let ends = exits.filter_map(|at| match self.states.get(*at) {
            Some(State::Over(how)) => Some((self.plan.nodes.get(*at)?.part.step(), how.clone())),
            _ => None,
        });
        ends.collect()
    }

    /// Whether a step beside others goes back to nothing but itself.
    fn is_its_own_beginning(&self, at: usize, next: &Move<'r, H::Task>) -> bool {
        let (Move::Over(How::Jump(jump)), Some(node)) = (next, self.plan.nodes.get(at)) else {
            return false;
        };
        match node.part {
            Part::Child(step, _) => jump.wanted && jump.spot.only == Some(step.id.as_str()),
            Part::Step(_) => {
                self.plan.is_graph && jump.spot.index == node.top && jump.spot.only.is_none()
            }
            _ => false,
        }
    }

    fn begin(&mut self, at: usize) {
        let Some(Node { part, top, .. }) = self.plan.nodes.get(at).cloned() else {
            return;
        };
        if self.halted || self.states.get(at) != Some(&State::New) {
            return;
        }
        match part {
            Part::Step(step) => {
                if let Some(state) = self.kept_back(at, step, None) {
                    return self.end(at, state);
                }
                if self.leaving {
                    return;
                }
                self.hire(at, step, top, None);
            }
            Part::Open(group) => {
                let state = self.kept_back(at, group, None);
                if state.is_none() && self.leaving {
                    return;
                }
                self.open(at, group, state);
            }
            Part::Child(step, group) => {
                let meant = self.only.is_none_or(|only| step.id == only);
                if !meant {
                    return self.end(at, State::Passed);
                }
                match self.kept_back(at, step, Some(group)) {
                    Some(state) => self.end(at, state),
                    None => self.hire(at, step, top, Some(&group.id)),
                }
            }
            Part::Merge(step) => self.merge(at, step),
            Part::Close(group) => self.close(at, group),
        }
    }

    /// A step begins.
    fn hire(&mut self, at: usize, step: &'r Step, top: usize, parent: Option<&str>) {
        let mut member = Box::new(Member::new(self.run, step, top, parent));
        let begun = member.begin(self.run);
        self.sort(at, Worker::Member(member), begun);
    }

    /// Puts a worker where it belongs: to those that wait, or to those that are over.
    pub(super) fn sort(&mut self, at: usize, worker: Worker<'r>, next: Move<'r, H::Task>) {
        if let Worker::Member(member) = &worker {
            self.run.mark_member(member, &next);
        }
        match next {
            Move::Wait(task) => {
                self.set(at, State::Begun);
                self.waiting.push((at, worker, task));
            }
            Move::Over(how) => self.dismiss(at, worker, how),
        }
    }

    /// A worker is over.
    fn dismiss(&mut self, at: usize, worker: Worker<'r>, how: How<'r>) {
        let part = self.plan.nodes.get(at).map(|node| node.part);
        let how = match (worker, part) {
            (Worker::Member(member), Some(Part::Step(step))) => {
                member.keep(self.run);
                self.run.settled(step, how)
            }
            (Worker::Member(member), _) => {
                self.kept.insert(at, member);
                how
            }
            (Worker::Merger(_), _) => how,
        };
        self.end(at, State::Over(how));
    }

    /// A node is over: what waits for it may begin, and what it decides is done.
    pub(super) fn end(&mut self, at: usize, state: State<'r>) {
        self.set(at, state.clone());
        for next in self.wanted_by.get(at).cloned().unwrap_or_default() {
            if let Some(left) = self.left.get_mut(next) {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    self.ready.insert(next);
                }
            }
        }
        let (State::Over(how), Some(node)) = (state, self.plan.nodes.get(at)) else {
            return;
        };
        let (part, step) = (node.part, node.part.step());
        if how.is_final() {
            return self.halt();
        }
        let in_group = matches!(part, Part::Child(..) | Part::Open(_))
            || matches!(part, Part::Merge(step) if step.is_group());
        match &how {
            How::Jump(_) if !in_group => self.leaving = true,
            How::Failed(_) if step.on_failure != OnFailure::Continue => {
                self.leaving |= !in_group && step.on_failure != OnFailure::Stop;
                let why = || format!("the step `{}` has failed", step.id);
                match part {
                    Part::Child(_, group) if group.fail_fast => {
                        self.stop(Some(&group.id), why());
                    }
                    _ if !in_group && self.plan.is_graph && self.run.workflow.fail_fast => {
                        self.stop(None, why());
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn set(&mut self, at: usize, state: State<'r>) {
        if let Some(place) = self.states.get_mut(at) {
            *place = state;
        }
    }
}
