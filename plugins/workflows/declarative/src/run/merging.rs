//! What comes of each task of a merge.

use cm_sdk::workflow::{Decision, Error, Reply, message};

use super::host::Host;
use super::interpreter::Interpreter;
use super::member::Move;
use super::mend::{GIVE_UP, SOLVED};
use super::merger::{Merger, Phase};
use super::{outcome, speak};
use crate::read::Files;

impl<'r> Merger<'r> {
    pub(super) fn hear<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        reply: Reply,
    ) -> Result<Move<'r, H::Task>, Error> {
        match self.phase {
            Phase::Asking => match &reply.decision {
                Some(Decision::Approve | Decision::Next) => self.merge(run),
                _ => {
                    let why = format!("{} keeps it in its branch", speak::by(&reply));
                    self.mark(run, "skipped", Some(&why));
                    self.next(run)
                }
            },
            Phase::Merging if reply.code.unwrap_or(0) == 0 => match self.wrong.take() {
                None => self.check(run, 0),
                // The checks were run on what was mended.
                Some(_) => self.merged(run),
            },
            Phase::Merging => {
                let files = reply.text.trim_end();
                self.mend(
                    run,
                    format!("git cannot join what both sides have done:\n\n{files}"),
                )
            }
            Phase::Checking(at) if reply.code == Some(0) => self.check(run, at + 1),
            Phase::Checking(at) => {
                let check = self.owner.checks.get(at);
                let line = check.map(|check| check.line.shown()).unwrap_or_default();
                let error = outcome::of_command(&line, reply.code, "");
                let words = format!(
                    "the check after the merge {}:\n\n{}",
                    message(&error),
                    outcome::tail(reply.text.trim_end())
                );
                self.mend(run, words)
            }
            Phase::Solving => {
                self.session = reply.session;
                self.check(run, 0)
            }
            Phase::Person => match reply.text.trim() {
                GIVE_UP => Err(self.given_up(&format!("{} gave it up", speak::by(&reply)))),
                SOLVED => self.check(run, 0),
                _ => match reply.decision {
                    Some(Decision::Approve | Decision::Next) => self.check(run, 0),
                    _ => Err(self.given_up(&format!("{} left it", speak::by(&reply)))),
                },
            },
        }
    }
}
