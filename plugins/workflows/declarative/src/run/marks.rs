//! What those who watch are told about the ends of steps.

use cm_sdk::workflow::Placement;

use super::course::How;
use super::host::Host;
use super::interpreter::Interpreter;
use super::member::{Member, Move};
use crate::model::{OnFailure, Step};
use crate::read::Files;

impl<'r, H: Host + Files> Interpreter<'r, H> {
    /// Says that a step is over, when it is.
    pub(super) fn mark_member(&self, member: &Member<'r>, next: &Move<'r, H::Task>) {
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
