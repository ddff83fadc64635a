use std::{
    io,
    path::{Path, PathBuf},
};

use super::conflict;
use crate::GitError;

/// Why a branch was not made, not found, or not brought back. Nothing of the person's was
/// changed then.
#[derive(Debug, thiserror::Error)]
pub enum WorktreeError {
    /// No name for a branch.
    #[error(
        "`{0}` is no name for a branch: use letters, digits and hyphens, a letter or digit first, \
         at most 80 in all"
    )]
    Name(String),
    /// A path or pattern that leads out of the project.
    #[error(
        "`{0}` cannot be included: it must be a path or a pattern within the project, without `..`"
    )]
    Include(String),
    /// There is no such branch to work in.
    #[error("there is no branch `{id}` to work in: {why}")]
    Unknown {
        /// What was asked for.
        id: String,
        /// Why not.
        why: String,
    },
    /// Something that is not ours is where something of ours has to be.
    #[error("`{}` is in the way; move it away, then go on", .0.display())]
    InTheWay(PathBuf),
    /// The person has changed the same files and not committed them.
    #[error(
        "branch `{id}` cannot be merged: {} changed in `{}` too, and not committed; commit or \
         undo that (`git -C {} status` shows it), then go on",
        conflict::listed(files),
        project.display(),
        project.display()
    )]
    Uncommitted {
        /// The branch.
        id: String,
        /// The project.
        project: PathBuf,
        /// The files.
        files: Vec<String>,
    },
    /// Git is at something else there.
    #[error(
        "branch `{id}` cannot be merged: `{}` is in the middle of {what}; finish that or break it \
         off, then go on",
        place.display()
    )]
    Busy {
        /// The branch.
        id: String,
        /// Where.
        place: PathBuf,
        /// At what.
        what: String,
    },
    /// Another branch of the run has conflicts that nobody has solved.
    #[error(
        "branch `{id}` cannot be merged: the merge of `{other}` is not finished ({} in conflict)",
        conflict::listed(files)
    )]
    Unfinished {
        /// The branch.
        id: String,
        /// The other one.
        other: String,
        /// Its files.
        files: Vec<String>,
    },
    /// There is a branch, and no repository any more.
    #[error("branch `{id}` cannot be merged: {why}")]
    NoRepository {
        /// The branch.
        id: String,
        /// Why.
        why: String,
    },
    /// Git refused.
    #[error("git refuses: {0}")]
    Git(#[from] GitError),
    /// No port is free.
    #[error("{wanted} free ports are not to be had: {source}")]
    Ports {
        /// How many.
        wanted: u32,
        /// Why.
        source: io::Error,
    },
    /// A file of `cm`'s own is damaged.
    #[error("`{}` cannot be understood: {why}", path.display())]
    Record {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The system says no.
    #[error("`{}` cannot be {verb}: {source}", path.display())]
    Io {
        /// What was done to it.
        verb: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl WorktreeError {
    pub(super) fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        let verb = match what {
            "make" => "made",
            "lock" => "locked",
            "read" => "read",
            "copy" => "copied",
            "remove" => "removed",
            _ => "written",
        };
        Self::Io {
            verb,
            path: path.to_owned(),
            source,
        }
    }

    /// A stable name for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "bad-name",
            Self::Include(_) => "bad-include",
            Self::Unknown { .. } => "unknown-branch",
            Self::InTheWay(_) => "in-the-way",
            Self::Uncommitted { .. } => "uncommitted-changes",
            Self::Busy { .. } => "repository-busy",
            Self::Unfinished { .. } => "unfinished-merge",
            Self::NoRepository { .. } => "no-repository",
            Self::Git(_) => "git",
            Self::Ports { .. } => "no-ports",
            Self::Record { .. } => "bad-record",
            Self::Io { .. } => "unwritable",
        }
    }
}
