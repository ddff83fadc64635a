//! What is at work, and where it stands.

use cm_sdk::workflow::{Error, Reply};

use super::course::How;
use super::host::Host;
use super::interpreter::Interpreter;
use super::member::{Member, Move};
use super::merger::Merger;
use crate::read::Files;

/// Where a node stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum State<'r> {
    New,
    Begun,
    Over(How<'r>),
    /// It does not take part.
    Passed,
    /// It cannot run, because this step has failed.
    Blocked(&'r str),
}

/// What is at work.
pub(super) enum Worker<'r> {
    Member(Box<Member<'r>>),
    Merger(Box<Merger<'r>>),
}

impl<'r> Worker<'r> {
    pub(super) fn take<H: Host + Files>(
        &mut self,
        run: &mut Interpreter<'r, H>,
        task: &H::Task,
        reply: Result<Reply, Error>,
    ) -> Move<'r, H::Task> {
        match self {
            Self::Member(member) => member.take(run, task, reply),
            Self::Merger(merger) => merger.take(run, reply),
        }
    }
}
