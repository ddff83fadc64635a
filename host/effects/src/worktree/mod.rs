//! Copies of a project to work in, side by side: git worktrees, below
//! `PROJECT/.codemachine/worktrees/RUN/`.
//!
//! A branch begins with what the person sees: the commit that is checked out, and on top
//! of it everything that is not committed, as a commit of its own. What it has in the end
//! comes back as one commit on top of the project's; nothing that is not committed in the
//! project is ever overwritten. Everything is written down beside the worktree before it
//! is done, so that whoever is killed in the middle is gone on with.

mod change;
mod conflict;
mod error;
mod include;
mod join;
mod leftover;
mod make;
mod merge;
mod name;
mod ports;
mod record;
mod repository;
mod settle;
mod write;

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

pub use change::fingerprint;
pub use conflict::Conflict;
pub use error::WorktreeError;
pub use leftover::{Leftover, Worth};
pub use make::Wanted;
pub use merge::Merged;
pub use record::{Branch, State};

use crate::Git;

/// Where a project keeps what belongs to its runs.
const STATE: &str = ".codemachine";
/// Where its worktrees are, in there.
const WORKTREES: &str = "worktrees";
/// How long somebody else may have the worktrees.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The branches of one run.
#[derive(Clone, Debug)]
pub struct Worktrees {
    project: PathBuf,
    run: String,
    variables: Vec<(String, String)>,
}

impl Worktrees {
    /// Those of this run, in the project in this directory. `variables` are seen by every
    /// git that is started.
    ///
    /// # Errors
    /// When the run's id cannot be the name of a directory.
    pub fn new(
        project: &Path,
        run: &str,
        variables: Vec<(String, String)>,
    ) -> Result<Self, WorktreeError> {
        name::check(run)?;
        Ok(Self {
            project: project.to_owned(),
            run: run.to_owned(),
            variables,
        })
    }

    /// A branch that can be worked in.
    ///
    /// # Errors
    /// When there is none with this id, or it was not made ready, or is gone.
    pub fn branch(&self, id: &str) -> Result<Branch, WorktreeError> {
        let unknown = |why: &str| WorktreeError::Unknown {
            id: id.to_owned(),
            why: why.to_owned(),
        };
        name::check(id)?;
        let Some(branch) = self.record(id)? else {
            let ids: Vec<String> = self.records()?.into_iter().map(|it| it.id).collect();
            return Err(unknown(&match ids.as_slice() {
                [] => "the run has no branches".to_owned(),
                ids => format!("the run has {}", ids.join(", ")),
            }));
        };
        match branch.state {
            State::Making => return Err(unknown("it was begun and is not ready")),
            State::Merged { .. } => return Err(unknown("it was merged and taken away")),
            State::Ready | State::Merging(_) | State::Conflicted(_) => {}
        }
        if !self.directory_of(&branch).is_dir() {
            let directory = self.directory_of(&branch);
            return Err(unknown(&format!("`{}` is gone", directory.display())));
        }
        Ok(branch)
    }

    /// Where one works who works in this branch.
    pub fn directory_of(&self, branch: &Branch) -> PathBuf {
        match branch.shared {
            Some(_) => self.project.clone(),
            None => self.path(&branch.id).join(&branch.prefix),
        }
    }

    /// The variables by which a program knows the branch that it works in.
    pub fn environment(branch: &Branch) -> Vec<(String, String)> {
        let mut set = vec![("CM_WORKSPACE".to_owned(), branch.id.clone())];
        for (number, port) in branch.ports.iter().enumerate() {
            let name = match number {
                0 => "CM_PORT".to_owned(),
                number => format!("CM_PORT_{number}"),
            };
            set.push((name, port.to_string()));
        }
        set
    }

    /// The ports among these variables at which somebody listens.
    pub fn taken(environment: &[(String, String)]) -> Vec<u16> {
        let ours = |name: &str| name == "CM_PORT" || name.starts_with("CM_PORT_");
        let ports = environment.iter().filter(|(name, _)| ours(name));
        let ports = ports.filter_map(|(_, port)| port.parse().ok());
        ports.filter(|port| ports::is_taken(*port)).collect()
    }

    /// The worktree's own directory.
    fn path(&self, id: &str) -> PathBuf {
        self.place().join(id)
    }

    /// Where the run's worktrees are.
    fn place(&self) -> PathBuf {
        all(&self.project).join(&self.run)
    }

    fn git(&self) -> Git {
        Git::new(&self.project).with(&self.variables)
    }

    /// Makes the run's place if it is missing. It stays out of the project's history, and
    /// no link leads it elsewhere.
    fn found(&self) -> Result<(), WorktreeError> {
        let place = self.place();
        let failed = |source| WorktreeError::io("make", &place, source);
        let top = all(&self.project);
        let state = self.project.join(STATE);
        for directory in [&state, &top, &place] {
            match fs::symlink_metadata(directory) {
                Ok(it) if it.is_dir() => {}
                Ok(_) => {
                    return Err(WorktreeError::InTheWay(directory.clone()));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    match fs::create_dir_all(directory) {
                        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                            return Err(failed(error));
                        }
                        _ => {}
                    }
                }
                Err(error) => return Err(failed(error)),
            }
        }
        let ignore = top.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(failed)?;
        }
        Ok(())
    }

    /// Only one at a time makes or merges branches in a project, whichever run it is for.
    async fn lock(&self) -> Result<File, WorktreeError> {
        let path = all(&self.project).join("lock");
        let failed = |source| WorktreeError::io("lock", &path, source);
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            if tokio::time::Instant::now() >= end {
                return Err(failed(io::Error::other("another run has it")));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Where a project has its worktrees.
fn all(project: &Path) -> PathBuf {
    project.join(STATE).join(WORKTREES)
}

/// Whether a path, from the project's directory, belongs to what `cm` keeps there itself.
fn is_kept_by_cm(path: &str) -> bool {
    let Some(rest) = path
        .strip_prefix(STATE)
        .and_then(|rest| rest.strip_prefix('/'))
    else {
        return false;
    };
    let first = rest.split('/').next().unwrap_or_default();
    matches!(first, "runs" | "blobs" | WORKTREES)
        || first.starts_with("journal.")
        || first.starts_with(".new-")
}
