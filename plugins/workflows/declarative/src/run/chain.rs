use std::collections::VecDeque;

use super::selection::Selection;
use crate::model::{Agent, Chained};

/// The prompts that an agent is given after its first one.
#[derive(Debug, Default)]
pub(super) struct Chain<'r> {
    left: VecDeque<&'r Chained>,
    /// With the first prompt.
    total: usize,
}

impl<'r> Chain<'r> {
    /// Those that take part.
    pub(super) fn of(agent: Option<&'r Agent>, selection: &Selection) -> Self {
        let chain = agent.map(|agent| agent.chain.as_slice());
        let left: VecDeque<_> = chain
            .unwrap_or_default()
            .iter()
            .filter(|chained| selection.refuses(&chained.when).is_none())
            .collect();
        Self {
            total: left.len() + 1,
            left,
        }
    }

    /// Whether all were given.
    pub(super) fn is_over(&self) -> bool {
        self.left.is_empty()
    }

    /// The next one, for people: `2 of 3, Risks`.
    pub(super) fn label(&self, between: &str) -> Option<String> {
        let number = self.total - self.left.len() + 1;
        let name = &self.left.front()?.name;
        Some(format!("{number} of {}{between}{name}", self.total))
    }

    /// Takes the next one.
    pub(super) fn take(&mut self) -> Option<&'r Chained> {
        self.left.pop_front()
    }
}
