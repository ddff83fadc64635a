use cm_journal::JournalError;
use cm_runtime::RuntimeError;

use crate::Gone;

/// Why a run could not be driven. What happened until then is in its journal, and the
/// run can be resumed.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The workflow's own component misbehaved.
    #[error(transparent)]
    Guest(#[from] RuntimeError),
    /// A package cannot be read.
    #[error(transparent)]
    Package(#[from] cm_registry::Error),
    /// The run uses a version that is not here any more.
    #[error(transparent)]
    Gone(#[from] Box<Gone>),
    /// What the person has set is not understood.
    #[error("{file} is not understood: {why}", file = .file.display())]
    Settings {
        /// The file.
        file: std::path::PathBuf,
        /// Where, and what is wrong.
        why: String,
    },
    /// A step or an engine is wanted that no package has.
    #[error("there is no {kind} `{name}`; known are: {known}")]
    Unknown {
        /// `engine`, `step` or `workflow`.
        kind: &'static str,
        /// What was wanted.
        name: String,
        /// What there is.
        known: String,
    },
    /// What an earlier process left running cannot be ended.
    #[error(
        "a program of an earlier attempt is still running ({which}) and cannot be stopped: {source}"
    )]
    Leftover {
        /// Its process id, or the step it belongs to.
        which: String,
        /// Why not.
        source: std::io::Error,
    },
}
