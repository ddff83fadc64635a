use cm_sdk::workflow::Placement;

use super::course::How;
use super::host::Host;
use super::interpreter::Interpreter;
use super::member::{Member, Move};
use crate::model::{OnFailure, Step};
use crate::read::Files;

/// A member that waits for a task, with its position among the others.
type Waiting<'r, T> = (usize, Member<'r>, T);

impl<'r, H: Host + Files> Interpreter<'r, H> {
    /// Starts every step before it waits for any, and brings each on by itself: one
    /// that fails, or waits for a person, does not touch the others. The ends are in
    /// the order of `steps`.
    pub(super) fn together(
        &mut self,
        steps: &[&'r Step],
        top: usize,
        parent: Option<&str>,
    ) -> Vec<(&'r Step, How<'r>)> {
        let mut waiting: Vec<Waiting<'r, H::Task>> = Vec::new();
        let mut over = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let mut member = Member::new(self, step, top, parent);
            let begun = member.begin(self);
            self.sort(index, member, begun, &mut waiting, &mut over);
            if over.last().is_some_and(|(_, _, how)| how.is_final()) {
                break;
            }
        }
        while !waiting.is_empty() {
            let first = match waiting.len() {
                1 => 0,
                count => {
                    let tasks: Vec<_> = waiting.iter().map(|(_, _, task)| task).collect();
                    self.host.next(&tasks).min(count - 1)
                }
            };
            let (index, mut member, task) = waiting.remove(first);
            let reply = self.host.wait(&task);
            let mut next = member.take(self, &task, reply);
            if parent.is_some()
                && let Move::Over(How::Jump(jump)) = &next
                && jump.wanted
                && jump.spot.only == Some(member.step.id.as_str())
            {
                // Back to the beginning of itself: the others need not wait for that.
                member.keep(self);
                self.mark_member(&member, &next);
                member = Member::new(self, member.step, top, parent);
                next = member.begin(self);
            }
            self.sort(index, member, next, &mut waiting, &mut over);
        }
        over.sort_by_key(|(index, ..)| *index);
        let mut ends = Vec::new();
        for (_, member, how) in over {
            member.keep(self);
            if how == How::Done {
                self.done.insert(member.step.id.clone());
            }
            ends.push((member.step, how));
        }
        ends
    }

    /// Puts a member where it belongs: to those that wait, or to those that are over.
    fn sort(
        &mut self,
        index: usize,
        member: Member<'r>,
        next: Move<'r, H::Task>,
        waiting: &mut Vec<Waiting<'r, H::Task>>,
        over: &mut Vec<(usize, Member<'r>, How<'r>)>,
    ) {
        self.mark_member(&member, &next);
        let how = match next {
            Move::Wait(task) => return waiting.push((index, member, task)),
            Move::Over(how) => how,
        };
        if how.is_final() {
            // Nothing comes after it, so nothing may go on beside it.
            waiting
                .iter()
                .for_each(|(_, _, task)| self.host.cancel(task));
            for (index, member, task) in waiting.drain(..) {
                let _ = self.host.wait(&task);
                let how = How::Left("the run has ended".into());
                self.mark_end(&member.place, member.step, &how, &[]);
                over.push((index, member, how));
            }
        }
        over.push((index, member, how));
    }

    fn mark_member(&self, member: &Member<'r>, next: &Move<'r, H::Task>) {
        if let Move::Over(how) = next {
            self.mark_end(&member.place, member.step, how, &member.notes);
        }
    }

    /// Says that a step is over.
    pub(super) fn mark_end(&self, place: &Placement, step: &Step, how: &How<'_>, notes: &[String]) {
        let mut notes = notes.to_vec();
        let state = match how {
            How::Done => "done",
            How::Left(why) => {
                notes.push(why.clone());
                "skipped"
            }
            How::Jump(jump) => {
                notes.push(jump.note.clone());
                if jump.wanted { "skipped" } else { "done" }
            }
            How::Stopped(error) => {
                notes.push(cm_sdk::workflow::message(error).into());
                "failed"
            }
            How::Failed(error) => {
                notes.push(cm_sdk::workflow::message(error).into());
                notes.extend(self.then(step));
                "failed"
            }
        };
        let note = notes.join("; ");
        let note = (!note.is_empty()).then_some(note.as_str());
        self.host.mark(place, state, note);
    }

    /// What comes after a failure of a step.
    fn then(&self, step: &Step) -> Option<String> {
        match &step.on_failure {
            OnFailure::Stop => None,
            OnFailure::Continue => Some("the run goes on".into()),
            OnFailure::Loop { to, max, .. } => {
                let count = self.loops.get(&step.id).copied().unwrap_or(0);
                Some(if count < *max {
                    format!("back to `{to}`, {} of {max}", count + 1)
                } else {
                    format!("it went back to `{to}` {max} times, which is its limit")
                })
            }
        }
    }
}
