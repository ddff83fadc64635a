//! Ends what is at work, because something else has failed or the run has ended.

use super::course::How;
use super::crew::Crew;
use super::host::Host;
use super::plan::{Part, Plan};
use super::worker::{State, Worker};
use crate::read::Files;

impl<'r, H: Host + Files> Crew<'_, 'r, H> {
    /// Nothing else begins in a group, or in the whole block, and what is at work there
    /// is ended.
    pub(super) fn stop(&mut self, group: Option<&'r str>, why: String) {
        if self.stopped.contains_key(&group) {
            return;
        }
        self.stopped.insert(group, why.clone());
        let inside = |plan: &Plan<'r>, at: usize| {
            let part = plan.nodes.get(at).map(|node| node.part);
            let own = part.and_then(|part| part.group());
            group.is_none() || own.map(|own| own.id.as_str()) == group
        };
        let all = std::mem::take(&mut self.waiting);
        let (ended, waiting) = all
            .into_iter()
            .partition(|(at, ..)| inside(&self.plan, *at));
        self.waiting = waiting;
        self.release(ended, &why);
    }

    /// Why everything is ended, if it is.
    pub(super) fn ended(&self) -> Option<&str> {
        match self.halted {
            true => Some("the run has ended"),
            false => self.stopped.get(&None).map(String::as_str),
        }
    }

    /// Ends what is at work, for this reason.
    fn release(&mut self, ended: Vec<(usize, Worker<'r>, H::Task)>, why: &str) {
        for (_, _, task) in &ended {
            self.run.host.cancel(task);
        }
        for (at, worker, task) in ended {
            let _ = self.run.host.wait(&task);
            let how = How::Left(why.into());
            match worker {
                Worker::Member(member) => {
                    self.run.mark_end(&member.place, member.step, &how, &[]);
                    match self.plan.nodes.get(at).map(|node| node.part) {
                        Some(Part::Step(_)) => member.keep(self.run),
                        _ => drop(self.kept.insert(at, member)),
                    }
                }
                Worker::Merger(merger) => merger.leave(self.run, why),
            }
            self.end(at, State::Over(how));
        }
    }

    /// Nothing comes after the end of the run, so nothing may go on beside it.
    pub(super) fn halt(&mut self) {
        if self.halted {
            return;
        }
        self.halted = true;
        let all = std::mem::take(&mut self.waiting);
        self.release(all, "the run has ended");
        self.close_all();
    }
}
