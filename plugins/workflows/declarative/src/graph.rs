//! Which step of the workflow's own list waits for which.
//!
//! A step with `needs` waits for those; one without waits for all that are written
//! before it. Where the list can be cut, because everything behind waits for everything
//! before, it falls into blocks: a block of one step is in sequence, a larger one is a
//! graph, whose steps may run at the same time.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use crate::model::Step;

/// The most steps that a list with `needs` may have.
pub(crate) const MOST: usize = 2000;

/// Which step waits for which. Positions are those of the workflow's own list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    /// Of each step: for which it waits. Empty: each for the one before it.
    needs: Vec<Vec<usize>>,
    /// The same, with those for which these wait in turn; as bits.
    before: Vec<Vec<u64>>,
    /// Of each step: the block it is in.
    blocks: Vec<Range<usize>>,
}

/// Why the run cannot go from one step to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barred {
    /// It would leave a graph for a step that does not come before all of it.
    Leaving,
    /// It would go into the middle of a graph.
    Entering,
}

impl Graph {
    /// Of the workflow's own list. An error: the positions of steps that wait for each
    /// other.
    pub(crate) fn of(steps: &[Step]) -> Result<Self, Vec<usize>> {
        if steps.len() > MOST || steps.iter().all(|step| step.needs.is_none()) {
            return Ok(Self::default());
        }
        let needs = direct(steps);
        let mut before = vec![vec![0_u64; steps.len().div_ceil(64)]; steps.len()];
        for at in sorted(&needs)? {
            let mut bits = before.get(at).cloned().unwrap_or_default();
            for need in needs.get(at).into_iter().flatten() {
                let of_need = before.get(*need).into_iter().flatten();
                bits.iter_mut()
                    .zip(of_need)
                    .for_each(|(own, other)| *own |= other);
                if let Some(word) = bits.get_mut(need / 64) {
                    *word |= 1 << (need % 64);
                }
            }
            if let Some(place) = before.get_mut(at) {
                *place = bits;
            }
        }
        let blocks = blocks(steps, &before);
        Ok(Self {
            needs,
            before,
            blocks,
        })
    }

    /// For which steps the one at `at` waits, inside its block.
    pub(crate) fn needs(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let block = self.block(at);
        let needs = self.needs.get(at).into_iter().flatten();
        needs.copied().filter(move |need| block.contains(need))
    }

    /// The block that the step at `at` is in.
    pub(crate) fn block(&self, at: usize) -> Range<usize> {
        self.blocks.get(at).cloned().unwrap_or(at..at + 1)
    }

    /// Whether the step at `at` may run beside others.
    pub(crate) fn is_graph(&self, at: usize) -> bool {
        self.block(at).len() > 1
    }

    /// Whether the step at `first` is always over when the one at `then` begins.
    pub(crate) fn is_before(&self, first: usize, then: usize) -> bool {
        if self.before.is_empty() {
            return first < then;
        }
        has(&self.before, then, first)
    }

    /// Why the run cannot go from one step to another; none when it can.
    pub(crate) fn bars(&self, from: usize, to: usize) -> Option<Barred> {
        let own = self.block(from);
        if own.len() > 1 {
            return (to >= own.start).then_some(Barred::Leaving);
        }
        self.is_graph(to).then_some(Barred::Entering)
    }
}

fn has(before: &[Vec<u64>], of: usize, at: usize) -> bool {
    before
        .get(of)
        .and_then(|bits| bits.get(at / 64))
        .is_some_and(|word| word & (1 << (at % 64)) != 0)
}

/// For which steps each one waits; the rest follows from these.
fn direct(steps: &[Step]) -> Vec<Vec<usize>> {
    let mut places = BTreeMap::new();
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.runs()) {
        places.entry(step.id.as_str()).or_insert(at);
    }
    // What a step without `needs` waits for, those behind it need not name again.
    let mut since = 0;
    let mut needs = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let mut own: Vec<usize> = match &step.needs {
            _ if !step.runs() => Vec::new(),
            Some(ids) => ids
                .iter()
                .filter_map(|(id, _)| places.get(id.as_str()).copied())
                .collect(),
            None => {
                let first = std::mem::replace(&mut since, at);
                let all = steps.iter().enumerate().take(at).skip(first);
                all.filter(|(_, step)| step.runs())
                    .map(|(at, _)| at)
                    .collect()
            }
        };
        own.sort_unstable();
        own.dedup();
        needs.push(own);
    }
    needs
}

/// The steps, each behind those for which it waits.
fn sorted(needs: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut left: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut wanted_by = vec![Vec::new(); needs.len()];
    for (at, needs) in needs.iter().enumerate() {
        for need in needs {
            if let Some(list) = wanted_by.get_mut(*need) {
                list.push(at);
            }
        }
    }
    let free = left.iter().enumerate().filter(|(_, left)| **left == 0);
    let mut ready: VecDeque<usize> = free.map(|(at, _)| at).collect();
    let mut order = Vec::new();
    while let Some(at) = ready.pop_front() {
        order.push(at);
        for next in wanted_by.get(at).into_iter().flatten() {
            if let Some(left) = left.get_mut(*next) {
                *left -= 1;
                if *left == 0 {
                    ready.push_back(*next);
                }
            }
        }
    }
    match left.iter().position(|left| *left > 0) {
        None => Ok(order),
        Some(start) => Err(cycle(needs, &left, start)),
    }
}

/// Steps that wait for each other, each for the next one. Every step that is left over
/// waits for another such one.
fn cycle(needs: &[Vec<usize>], left: &[usize], start: usize) -> Vec<usize> {
    let mut path = vec![start];
    let mut at = start;
    loop {
        let next = needs
            .get(at)
            .into_iter()
            .flatten()
            .find(|need| left.get(**need).is_some_and(|left| *left > 0));
        let Some(next) = next.copied() else {
            return path;
        };
        if let Some(begin) = path.iter().position(|known| *known == next) {
            return path.split_off(begin);
        }
        path.push(next);
        at = next;
    }
}

fn blocks(steps: &[Step], before: &[Vec<u64>]) -> Vec<Range<usize>> {
    let real: Vec<usize> = (0..steps.len())
        .filter(|at| steps.get(*at).is_some_and(Step::runs))
        .collect();
    let mut blocks: Vec<Range<usize>> = (0..steps.len()).map(|at| at..at + 1).collect();
    // How many steps from the beginning each one waits for without a gap.
    let waits = real
        .iter()
        .map(|of| real.iter().take_while(|at| has(before, *of, **at)).count());
    let waits: Vec<usize> = waits.collect();
    let mut end = real.len();
    let mut least = usize::MAX;
    for (index, waits) in waits.iter().enumerate().rev() {
        least = least.min(*waits);
        if least < index {
            continue;
        }
        // Everything from here on waits for everything before.
        if let (Some(first), Some(last)) = (real.get(index), real.get(end.saturating_sub(1))) {
            for at in *first..=*last {
                if let Some(block) = blocks.get_mut(at) {
                    *block = *first..*last + 1;
                }
            }
        }
        end = index;
    }
    blocks
}
