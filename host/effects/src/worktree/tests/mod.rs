//! Against the real git, in real repositories.

mod bringing;
mod broken;
mod joining;
mod leaving;
mod making;

use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
};

use super::*;

/// A project, in a repository of its own unless it is told otherwise.
pub(super) struct Project {
    _held: tempfile::TempDir,
    pub(super) path: PathBuf,
}

impl Project {
    pub(super) fn bare() -> Self {
        let held = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(held.path()).unwrap().join("a project");
        fs::create_dir(&path).unwrap();
        Self { _held: held, path }
    }

    /// With a first commit of these files.
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self::bare();
        project.git(&["init", "--quiet", "-b", "main"]);
        project.git(&["config", "user.name", "Ada"]);
        project.git(&["config", "user.email", "ada@example.com"]);
        for (path, text) in files {
            project.write(path, text);
        }
        project.git(&["add", "-A"]);
        project.git(&["commit", "--quiet", "--allow-empty", "-m", "first"]);
        project
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        write(&self.path.join(path), text);
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path.join(path)).unwrap_or_else(|error| format!("{path}: {error}"))
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git(&self.path, arguments)
    }

    pub(super) fn worktrees(&self) -> Worktrees {
        Worktrees::new(&self.path, "run1", Vec::new()).unwrap()
    }

    /// A branch that is ready, and where one works in it.
    pub(super) fn branch(&self, name: &str) -> (Branch, PathBuf) {
        self.branch_with(Wanted {
            name: name.to_owned(),
            owner: format!("for {name}"),
            ..Wanted::default()
        })
    }

    pub(super) fn branch_with(&self, wanted: Wanted) -> (Branch, PathBuf) {
        let worktrees = self.worktrees();
        let (branch, _) = wait(worktrees.make(&wanted)).unwrap();
        let branch = worktrees.ready(branch).unwrap();
        let directory = worktrees.directory_of(&branch);
        (branch, directory)
    }

    pub(super) fn merge(&self, id: &str) -> Result<Merged, WorktreeError> {
        self.merge_for(id, "step")
    }

    pub(super) fn merge_for(&self, id: &str, by: &str) -> Result<Merged, WorktreeError> {
        wait(self.worktrees().merge(id, &format!("Merge {id}"), by))
    }
}

pub(super) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(super) fn git(directory: &Path, arguments: &[&str]) -> String {
    let done = std::process::Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(done.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

/// On one thread, as the driver does.
pub(super) fn wait<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// The files of a merge that went well.
pub(super) fn files(merged: Merged) -> Vec<String> {
    match merged {
        Merged::Done { files, .. } => files,
        other => panic!("not merged: {other:?}"),
    }
}

/// The files of a merge that did not.
pub(super) fn conflicts(merged: Merged) -> Vec<(String, String)> {
    match merged {
        Merged::Conflicts(conflicts) => {
            let pair = |it: Conflict| (it.path, it.kind);
            conflicts.into_iter().map(pair).collect()
        }
        other => panic!("no conflict: {other:?}"),
    }
}
