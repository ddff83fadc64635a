//! The event store: what happened in every run of a project, on disk.
//!
//! - [`Journal`] is the store of one project: an SQLite database, its writer thread and
//!   a directory of blobs. *Acknowledged = on disk*: a [`Ticket`] resolves after the
//!   commit was synced.
//! - A [`Lease`] makes a process the only one that drives a run. The kernel releases it
//!   when the process dies; an epoch in the database fences off whoever lost it.
//! - [`Message`]s reach that process from others.
//! - [`Blobs`] keeps large texts and raw recordings by their SHA-256.
//!
//! Nothing here decides anything: events come in and are read back. A hash chain over
//! the events of each run shows what SQLite itself cannot: a changed byte, a lost row.

mod ask;
mod blobs;
mod chain;
mod check;
mod commit;
mod database;
mod error;
mod explain;
mod held;
mod id;
mod inbox;
mod journal;
mod layout;
mod lease;
mod listing;
mod message;
mod migration;
mod opening;
mod payload;
mod pinning;
mod presence;
mod reader;
mod row;
mod statements;
mod store;
mod tally;
mod ticket;
mod waiting;
mod writer;

pub use ask::{Ask, AskKind};
pub use blobs::Blobs;
pub use check::Damage;
pub use error::JournalError;
pub use journal::Journal;
pub use lease::Lease;
pub use message::Message;
pub use payload::MAX_INLINE;
pub use row::{Found, RunRow};
pub use ticket::Ticket;
pub use waiting::Waiting;
