//! What can be said before anything is done.

use super::{
    Gathering,
    asked::{Kind, is_there},
};

impl Gathering {
    /// The commits with which branches were brought back before the step, each with the
    /// task that did.
    pub fn merges(&self) -> Vec<(u32, String)> {
        let merges = self.asked.iter().filter_map(|(task, asked)| {
            let over = asked.over.as_ref();
            let over = over.filter(|_| matches!(asked.kind, Kind::Merge(_)))?;
            let options = &over.result.as_ref().ok()?.options;
            let (_, commit) = options.iter().find(|(name, _)| name == "commit")?;
            Some((*task, commit.clone()))
        });
        merges.collect()
    }

    /// What this task has brought back is not there any more. Gives back the branch.
    pub fn lose(&mut self, task: u32) -> Option<String> {
        let asked = self.asked.get_mut(&task)?;
        asked.over = None;
        match &asked.kind {
            Kind::Merge(from) => Some(from.clone()),
            _ => None,
        }
    }

    /// The steps that are not done again as long as nobody has changed anything, in the
    /// order in which they were begun.
    pub fn taken_over(&self) -> Vec<&str> {
        let (merged, fatal) = (self.merged(), self.fatal());
        let offered = self.asked.iter().map(|(task, asked)| {
            let over = asked.over.as_ref().filter(|_| !fatal.contains(task));
            let there = over.is_some_and(|over| match asked.kind {
                Kind::Branch => is_there(&over.result, &merged),
                _ => true,
            });
            (asked.step.as_str(), there && !asked.anew)
        });
        let offered: Vec<_> = offered.collect();
        let end = offered.iter().position(|(_, there)| !there);
        let (before, after) = offered.split_at(end.unwrap_or(offered.len()));
        let mut steps = Vec::new();
        for (step, _) in before {
            if !steps.contains(step) && !after.iter().any(|(other, _)| other == step) {
                steps.push(*step);
            }
        }
        steps
    }
}
