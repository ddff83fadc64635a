use std::{io, path::PathBuf};

use cm_types::Digest;

/// What can go wrong with a journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The disk is full.
    #[error("cannot write to {}: the disk is full", .path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The file or its directory cannot be written.
    #[error("cannot write to {}: it is read-only", .path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// Another process kept the database locked.
    #[error("{} has been locked by another program for too long", .path.display())]
    Locked {
        /// The database.
        path: PathBuf,
    },
    /// The operating system failed.
    #[error("cannot {doing} {}: {message}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's kind of error.
        kind: io::ErrorKind,
        /// The system's words.
        message: String,
    },
    /// The database file is damaged, or is not a database.
    #[error("the journal {} is damaged: {detail}", .path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// A database of something else.
    #[error("{} is a database, but not a journal of cm", .path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// The database has a form that this version does not know.
    #[error(
        "the journal {} was made by a newer cm (its form is {found}, this cm knows {known})",
        .path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The database does not work in the way that keeps the promise.
    #[error("the journal {} cannot be used: {detail}", .path.display())]
    Unsafe {
        /// The database.
        path: PathBuf,
        /// What is not as it must be.
        detail: String,
    },
    /// SQLite failed in another way.
    #[error("the journal {} failed: {message} (SQLite {code})", .path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// SQLite's extended result code.
        code: i32,
        /// SQLite's words.
        message: String,
    },
    /// A text that cannot be a run's id.
    #[error("`{run}` cannot be the id of a run")]
    BadId {
        /// The text.
        run: String,
    },
    /// There is a run with this id.
    #[error("there is already a run {run}")]
    Exists {
        /// The id.
        run: String,
    },
    /// There is no run with this id.
    #[error("there is no run {run}")]
    NoRun {
        /// The id.
        run: String,
    },
    /// Another process drives the run.
    #[error("the run {run} is driven by another process{}", by(*.pid))]
    Busy {
        /// The run.
        run: String,
        /// The other process, if it said.
        pid: Option<u32>,
    },
    /// The run was appended to without a lease.
    #[error("the run {run} was written to by a process that does not hold it")]
    NotLeased {
        /// The run.
        run: String,
    },
    /// Another process took the run over.
    #[error("another process has taken over the run {run}; nothing more of it is kept here")]
    Fenced {
        /// The run.
        run: String,
    },
    /// An earlier write failed.
    #[error("nothing more of the run {run} is kept, because an earlier write failed: {because}")]
    Refused {
        /// The run.
        run: String,
        /// The earlier failure.
        because: Box<JournalError>,
    },
    /// An event is not what it was when it was written.
    #[error("the run {run} is damaged at event {seq} in {}: {what}", .path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// The run.
        run: String,
        /// The first damaged event.
        seq: u64,
        /// What is wrong with it.
        what: String,
    },
    /// An event is intact, and this version does not understand it.
    #[error("event {seq} of the run {run} is not understood: {what}")]
    Unknown {
        /// The run.
        run: String,
        /// The event.
        seq: u64,
        /// What is not understood.
        what: String,
    },
    /// An event cannot be written down.
    #[error("an event of the run {run} cannot be written down: {what}")]
    Unwritable {
        /// The run.
        run: String,
        /// Why.
        what: String,
    },
    /// A blob is not there.
    #[error("the blob {digest} is missing at {}", .path.display())]
    BlobMissing {
        /// Its digest.
        digest: Digest,
        /// Where it should be.
        path: PathBuf,
    },
    /// A blob's bytes are not those of its digest.
    #[error("the blob {digest} is damaged at {}", .path.display())]
    BlobDamaged {
        /// Its digest.
        digest: Digest,
        /// The file.
        path: PathBuf,
    },
    /// The journal was closed before this was done.
    #[error("the journal was closed before this was written")]
    Closed,
}

fn by(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})"))
        .unwrap_or_default()
}
