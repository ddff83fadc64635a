//! What keeps a step from beginning.

use super::course::How;
use super::crew::Crew;
use super::host::Host;
use super::worker::State;
use crate::model::{OnFailure, Step};
use crate::read::Files;

impl<'r, H: Host + Files> Crew<'_, 'r, H> {
    /// Why a step does not begin, if it does not; which is said.
    pub(super) fn kept_back(
        &mut self,
        at: usize,
        step: &'r Step,
        group: Option<&'r Step>,
    ) -> Option<State<'r>> {
        let parent = group.map(|group| group.id.as_str());
        let needs = self.plan.nodes.get(at).map(|node| node.needs.as_slice());
        let mut needs = needs.unwrap_or_default().iter();
        if let Some(failed) = needs.find_map(|need| self.failed(*need)) {
            let why = format!("`{failed}`, for which it waits, has not done its work");
            self.skip(step, parent, &why);
            return Some(State::Blocked(failed));
        }
        let stopped = self.stopped.get(&None);
        let stopped = stopped.or_else(|| self.stopped.get(&Some(parent?)));
        if let Some(why) = stopped.cloned() {
            self.skip(step, parent, &why);
            return Some(State::Passed);
        }
        if !self.leaving || group.is_some() {
            return self.run.pass_over(step, parent).then_some(State::Passed);
        }
        None
    }

    fn skip(&self, step: &'r Step, parent: Option<&str>, why: &str) {
        let place = self.run.place(step, parent);
        self.run.host.mark(&place, "skipped", Some(why));
    }

    /// The step that has failed, if what waits for this node cannot run.
    fn failed(&self, at: usize) -> Option<&'r str> {
        let step = self.plan.nodes.get(at)?.part.step();
        match self.states.get(at)? {
            State::Blocked(failed) => Some(failed),
            State::Over(How::Failed(_)) if step.on_failure != OnFailure::Continue => Some(&step.id),
            _ => None,
        }
    }
}
