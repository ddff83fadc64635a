//! Which steps the run passes over: they are left out, or done, or a loop skips
//! them on its way back.

use super::host::Host;
use super::interpreter::Interpreter;
use crate::model::{Loop, Step};
use crate::read::Files;

/// The steps that a loop passes over.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Detour {
    /// The position of the step that looped: it holds until the run is past it.
    until: usize,
    /// Whose it is.
    from: String,
    skip: Vec<String>,
}

impl<'r, H: Host + Files> Interpreter<'r, H> {
    /// Why a step does not take part in this run.
    pub(super) fn left_out(&self, step: &Step) -> Option<String> {
        let agent = step.agent();
        let file = agent.and_then(|agent| self.agents.get(&agent.name));
        // Each of them asks for itself: what the step says does not lift what the
        // agent's own file asks for.
        let selectors = [
            Some(&step.when),
            agent.and_then(|agent| agent.behaviour.when.as_ref()),
            file.and_then(|file| file.behaviour.when.as_ref()),
        ];
        selectors
            .into_iter()
            .flatten()
            .find_map(|selector| self.selection.refuses(selector))
    }

    /// Why the run does not stop at a step now.
    pub(super) fn passed_over(&self, step: &Step) -> Option<String> {
        if let Some(why) = self.left_out(step) {
            return Some(why);
        }
        let children = step.children();
        if !children.is_empty() && children.iter().all(|child| self.left_out(child).is_some()) {
            return Some("none of its steps takes part".into());
        }
        if step.once && self.done.contains(&step.id) {
            return Some("it is done, and runs once".into());
        }
        let detour = self
            .detours
            .iter()
            .find(|detour| detour.skip.contains(&step.id))?;
        Some(format!("the loop of `{}` passes it over", detour.from))
    }

    /// Passes over what the loop of `from` says, until the run is past it.
    pub(super) fn detour(&mut self, until: usize, from: &str, looping: &Loop) {
        self.detours.retain(|detour| detour.from != from);
        if looping.skip.is_empty() {
            return;
        }
        self.detours.push(Detour {
            until,
            from: from.into(),
            skip: looping.skip.iter().map(|(id, _)| id.clone()).collect(),
        });
    }

    /// The run is at this position.
    pub(super) fn arrive(&mut self, index: usize) {
        self.detours.retain(|detour| index <= detour.until);
    }

    /// The step that the run comes to after this position, if nothing changes.
    pub(super) fn following(&self, top: usize) -> Option<&'r Step> {
        self.workflow
            .steps
            .iter()
            .skip(self.graph.block(top).end)
            .find(|step| step.runs() && self.passed_over(step).is_none())
    }
}
