use std::{fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Conflict, WorktreeError, Worktrees};

/// A branch, as it is written down beside its worktree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// By which it is known in its run.
    pub id: String,
    /// The piece of work that it was made for: who asks again with the same gets the same.
    pub owner: String,
    /// The name in git; none: it is the project's directory itself.
    pub name: Option<String>,
    /// The commit that it began with: what the person saw.
    pub base: Option<String>,
    /// From the worktree's directory to the one that is worked in: empty, or with `/` at
    /// its end.
    pub prefix: String,
    /// The ports that belong to it.
    pub ports: Vec<u16>,
    /// Commands that are run before it is taken away.
    pub teardown: Vec<String>,
    /// Why it is no worktree but the project's directory itself.
    pub shared: Option<String>,
    /// How far it is.
    pub state: State,
}

/// How far a branch is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is being made.
    Making,
    /// It is worked in.
    Ready,
    /// What comes of a merge is being written into the project.
    Merging(Merging),
    /// Somebody has to solve conflicts in the project.
    Conflicted(Merging),
    /// It was merged: with this commit, unless there was nothing to merge.
    Merged {
        /// The commit.
        commit: Option<String>,
        /// The files that it changed.
        files: Vec<String>,
        /// For which piece of work.
        by: String,
        /// What was in the project afterwards, as a tree.
        after: Option<String>,
    },
}

/// A merge on its way. All paths are from the repository's top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merging {
    /// The commit that was checked out in the project.
    pub head: String,
    /// What was in the project, as a tree.
    pub before: String,
    /// What comes of it, as a tree.
    pub tree: String,
    /// The commit that has it; none while there are conflicts.
    pub commit: Option<String>,
    /// The files that it changes.
    pub files: Vec<String>,
    /// What has to be solved.
    pub conflicts: Vec<Conflict>,
    /// The commit's message.
    pub message: String,
    /// For which piece of work.
    pub by: String,
}

impl Worktrees {
    pub(super) fn record(&self, id: &str) -> Result<Option<Branch>, WorktreeError> {
        let path = self.record_path(id);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(WorktreeError::io("read", &path, error)),
        };
        let branch = serde_json::from_str(&text).map_err(|error| WorktreeError::Record {
            path,
            why: error.to_string(),
        })?;
        Ok(Some(branch))
    }

    /// All of them, by their ids.
    pub(super) fn records(&self) -> Result<Vec<Branch>, WorktreeError> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(self.place()).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".json"));
            ids.extend(id.map(str::to_owned));
        }
        ids.sort();
        let records = ids.iter().filter_map(|id| self.record(id).transpose());
        records.collect()
    }

    /// On disk before anything follows from it.
    pub(super) fn write(&self, branch: &Branch) -> Result<(), WorktreeError> {
        let path = self.record_path(&branch.id);
        let failed = |error| WorktreeError::io("write", &path, error);
        let text = serde_json::to_vec(branch).map_err(|error| failed(error.into()))?;
        let draft = path.with_extension("json.new");
        let write = || {
            let mut file = fs::File::create(&draft)?;
            io::Write::write_all(&mut file, &text)?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        write().map_err(failed)
    }

    pub(super) fn forget(&self, id: &str) -> Result<(), WorktreeError> {
        let path = self.record_path(id);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(WorktreeError::io("remove", &path, error))
            }
            _ => Ok(()),
        }
    }

    fn record_path(&self, id: &str) -> PathBuf {
        self.place().join(format!("{id}.json"))
    }
}
