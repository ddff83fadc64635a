//! What somebody decides about a step while it is at work, or in answer to a question
//! of its: to skip it, to go back, to stop.

use cm_sdk::workflow::{Decision, Error, Reply};

use super::super::course::Jump;
use super::super::{outcome, speak};
use super::{Host, How, Interpreter, Member, Move, Phase};
use crate::model::Action;
use crate::read::Files;

impl<'r> Member<'r> {
    /// Does what somebody decided while the task was going on, or in answer to it,
    /// when that is about the step and not about the task.
    pub(super) fn obey<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        task: &H::Task,
        reply: &Reply,
    ) -> Result<Option<Move<'r, H::Task>>, Error> {
        let by = speak::by(reply);
        let how = match &reply.decision {
            Some(Decision::Skip) if matches!(self.phase, Phase::Trigger(_)) => {
                self.end_trigger(run, "skipped", Some(&format!("skipped by {by}")));
                return self.directed(run).map(Some);
            }
            Some(Decision::Skip) => How::Left(format!("skipped by {by}")),
            Some(Decision::Stop(reason)) => How::Stopped(outcome::stopped(by, reason)),
            Some(Decision::Back(to)) => match run.way_back(self.top, to) {
                Ok(spot) => {
                    // Whoever goes back to a step wants it to run.
                    run.done.remove(to);
                    run.detours.clear();
                    How::Jump(Jump {
                        spot,
                        note: format!("{by} goes back to `{to}`"),
                        wanted: true,
                    })
                }
                Err(why) => return self.refuse(run, task, reply, why).map(Some),
            },
            _ => return Ok(None),
        };
        if matches!(self.phase, Phase::Trigger(_)) {
            self.end_trigger(run, "skipped", None);
        }
        Ok(Some(Move::Over(how)))
    }

    /// Says why it cannot go back as somebody wanted, and asks again.
    fn refuse<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        task: &H::Task,
        reply: &Reply,
        why: String,
    ) -> Result<Move<'r, H::Task>, Error> {
        self.refused = Some(why);
        match (self.phase.clone(), &self.step.action) {
            (Phase::Gate, _) => self.gate(run),
            (Phase::Work, Action::Agent(_)) => self.interrupted(run, task, reply),
            (Phase::Work, Action::Ask(_) | Action::Approve(_)) => self.work(run),
            (Phase::Checkpoint(question), _) => self.ask(run, *question),
            (Phase::Trigger(_), _) => {
                self.end_trigger(run, "skipped", None);
                self.directed(run)
            }
            (Phase::Branch | Phase::Work | Phase::Again | Phase::Proof | Phase::ProofRun, _) => {
                self.ask_again(run)
            }
        }
    }
}
