//! Where a step works: in the run's directory, or in a copy of the project of its own.

use cm_sdk::workflow::{Error, Reply, policy};

use super::super::branch::Branch;
use super::{Host, Interpreter, Member, Move, Phase};
use crate::read::Files;

impl<'r> Member<'r> {
    /// Asks the host for a copy of the project, if the step wants one, then for its work.
    pub(super) fn start<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
    ) -> Result<Move<'r, H::Task>, Error> {
        let (Some(workspace), None) = (&self.step.workspace, &self.branch) else {
            return self.work(run);
        };
        self.phase = Phase::Branch;
        let branching = run.branching(self.step, workspace);
        let task = run.host.branch(&self.place, &branching, &policy())?;
        Ok(Move::Wait(task))
    }

    /// The copy of the project is ready.
    pub(super) fn branched<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        reply: &Reply,
    ) -> Result<Move<'r, H::Task>, Error> {
        let branch = Branch::of(reply);
        if branch.shared {
            let note = "without git it works in the run's directory itself";
            self.notes.push(note.into());
        }
        run.branches.insert(self.step.id.clone(), branch.clone());
        self.branch = Some(branch);
        self.work(run)
    }

    /// Where it works, if that is not the run's directory.
    pub(super) fn workspace(&self) -> Option<String> {
        self.branch.as_ref().map(|branch| branch.id.clone())
    }
}
