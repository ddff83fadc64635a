//! What makes a step one that failed.

use cm_sdk::workflow::{Decision, Error, Reply, message};

use super::super::outcome;
use super::super::results::Output;
use super::{How, Member, Move};

impl<'r> Member<'r> {
    /// An error ends a step. One that ends without a word of its own says why, so that
    /// whoever mends it can be told.
    pub(super) fn or_fail<T>(&mut self, next: Result<Move<'r, T>, Error>) -> Move<'r, T> {
        next.unwrap_or_else(|error| {
            let text = match &error {
                Error::Cancelled => String::new(),
                error => message(error).to_string(),
            };
            self.output = Some(Output {
                text,
                ..Output::default()
            });
            Move::Over(How::Failed(error))
        })
    }
}

/// Refuses an answer that says something else than to go on.
pub(super) fn allows_going_on(reply: &Reply, asked: &str) -> Result<(), Error> {
    match reply.decision {
        None | Some(Decision::Next | Decision::Approve) => Ok(()),
        _ => Err(outcome::of_decision(asked)),
    }
}
