//! Steps that run at the same time, as one step.

use cm_sdk::workflow::Error;

use super::course::{How, Spot};
use super::host::Host;
use super::interpreter::Interpreter;
use super::outcome;
use super::results::Output;
use crate::model::{OnFailure, Step};
use crate::read::Files;

impl<'r, H: Host + Files> Interpreter<'r, H> {
    /// Runs the children that take part, and makes one end of theirs.
    pub(super) fn group(
        &mut self,
        group: &'r Step,
        children: &'r [Step],
        spot: Spot<'r>,
    ) -> (How<'r>, Result<(), Error>) {
        let place = self.place(group, None);
        self.host.mark(&place, "started", None);
        let mut ran = Vec::new();
        for child in children {
            let meant = spot.only.is_none_or(|only| child.id == only);
            if meant && !self.pass_over(child, Some(&group.id)) {
                ran.push(child);
            }
        }
        let ends = self.together(&ran, spot.index, Some(&group.id));
        let texts = children.iter().filter_map(|child| {
            let output = self.results.of_step(&child.id)?;
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
        let how = outcome::of_group(&ends);
        self.mark_end(&place, group, &how, &[]);
        if how == How::Done {
            self.done.insert(group.id.clone());
        }
        let over = matches!(how, How::Failed(_)) && group.on_failure == OnFailure::Stop;
        if over || how.is_final() {
            return (how, Ok(()));
        }
        for (step, end) in ends.iter().map(|(step, end)| (*step, end)) {
            let settled = self.settle_child(step, end);
            if settled.is_err() {
                return (how, settled);
            }
        }
        let settled = self.settle(group, &how);
        (how, settled)
    }

    /// A child that failed is written after as long as the run goes on.
    fn settle_child(&mut self, step: &Step, how: &How<'_>) -> Result<(), Error> {
        match how {
            How::Failed(_) => self.settle(step, &How::Done),
            how => self.settle(step, how),
        }
    }
}
