//! What waits for this person, in every project they have run something in.

mod bell;
mod entry;
mod projects;
mod settings;
mod telling;

pub(crate) use bell::at_the_door;
pub(crate) use entry::{Entry, Full, gather, ways};
pub(crate) use projects::{forget_gone, known, remember};
