use std::collections::BTreeSet;

use crate::git::between_nuls;

use super::{
    Branch, Conflict, State, WorktreeError, Worktrees,
    join::join,
    record::Merging,
    repository::{Change, Repository, Snapshot},
};

/// What came of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// The branch has changed nothing, or is the project's directory itself.
    Nothing,
    /// It is in the project.
    Done {
        /// The commit that has it.
        commit: String,
        /// The files that it changed.
        files: Vec<String>,
    },
    /// Both sides have changed the same. The project's files hold the conflict; merged
    /// again when it is solved, it is done.
    Conflicts(Vec<Conflict>),
}

impl Worktrees {
    /// Brings what a branch has into the project, as one commit with this message. Nothing
    /// that the person has not committed is lost: where they have changed the same files
    /// since the branch was made, it is refused. What was not committed when it was made,
    /// and is still as it was then, goes into the commit where the branch has changed the
    /// same file.
    ///
    /// `by` is the piece of work for which it is done. Called again with the same, it goes
    /// on where it was stopped. Called for another one, it brings in what was made of
    /// conflicts, or what was mended in the project since it was merged: all that has been
    /// changed there since, and was not being changed before.
    ///
    /// # Errors
    /// When it was refused: the project is then as it was.
    pub async fn merge(&self, id: &str, message: &str, by: &str) -> Result<Merged, WorktreeError> {
        super::name::check(id)?;
        if self.record(id)?.is_none() {
            // Says which there are.
            return self.branch(id).map(|_| Merged::Nothing);
        }
        let _lock = self.lock().await?;
        let Some(branch) = self.record(id)? else {
            return self.branch(id).map(|_| Merged::Nothing);
        };
        if branch.shared.is_some() {
            return self.merged_nothing(branch, by);
        }
        match branch.state.clone() {
            State::Making => self.branch(id).map(|_| Merged::Nothing),
            State::Merged {
                commit,
                files,
                by: before,
                after,
            } => match (commit, after) {
                (Some(head), Some(after)) if before != by => {
                    let merging = Merging {
                        head,
                        before: after.clone(),
                        tree: after,
                        commit: None,
                        files,
                        conflicts: Vec::new(),
                        message: message.to_owned(),
                        by: by.to_owned(),
                    };
                    self.solved(branch, merging).await
                }
                (Some(commit), _) => Ok(Merged::Done { commit, files }),
                (None, _) => Ok(Merged::Nothing),
            },
            State::Ready => self.begin(branch, message, by).await,
            State::Merging(merging) => self.go_on(branch, merging, message, by).await,
            State::Conflicted(merging) => {
                let by = by.to_owned();
                self.solved(branch, Merging { by, ..merging }).await
            }
        }
    }

    /// After a merge: takes worktree and branch away.
    ///
    /// # Errors
    /// When something of it stays; to be called again then.
    pub async fn dismiss(&self, id: &str) -> Result<(), WorktreeError> {
        match self.record(id)? {
            Some(Branch {
                name: Some(name),
                state: State::Merged { .. },
                ..
            }) => self.clear(id, &name).await,
            _ => Ok(()),
        }
    }

    /// A branch in whatever state it is, if there is one.
    ///
    /// # Errors
    /// When what is written down of it cannot be read.
    pub fn any(&self, id: &str) -> Result<Option<Branch>, WorktreeError> {
        super::name::check(id)?;
        self.record(id)
    }

    async fn begin(
        &self,
        branch: Branch,
        message: &str,
        by: &str,
    ) -> Result<Merged, WorktreeError> {
        let repository = self.repository(&branch).await?;
        let base = branch.base.clone().unwrap_or_default();
        let tip = self.tip(&branch, &base, message).await?;
        let touched = repository.changes(&base, &tip).await?;
        if touched.is_empty() {
            return self.merged_nothing(branch, by);
        }
        self.is_at_rest(&repository, &branch)?;
        if let Some(what) = repository.in_the_middle().await? {
            return Err(WorktreeError::Busy {
                id: branch.id,
                place: repository.top,
                what,
            });
        }
        let now = repository.snapshot().await?;
        let (ours, carried) = self.ours(&repository, &base, &now, &touched).await?;
        let found = join(&repository, &base, &ours, &tip).await?;
        let changes = repository.changes(&ours, &found.tree).await?;
        let paths = touched.iter().chain(&changes).map(|it| &it.path);
        let mut lost = self
            .lost(&repository, &now, paths.collect(), &carried)
            .await?;
        lost.extend(repository.in_the_way(&changes));
        if !lost.is_empty() {
            return Err(self.uncommitted(&branch, lost));
        }
        let mut files: BTreeSet<String> = changes.into_iter().map(|it| it.path).collect();
        files.extend(carried);
        let commit = match found.conflicts.is_empty() {
            true => Some(
                repository
                    .commit(&found.tree, &repository.head, message, true)
                    .await?,
            ),
            false => None,
        };
        let merging = Merging {
            head: repository.head.clone(),
            before: now.tree,
            tree: found.tree,
            commit,
            files: files.into_iter().collect(),
            conflicts: found.conflicts,
            message: message.to_owned(),
            by: by.to_owned(),
        };
        self.apply(branch, merging, &repository).await
    }

    /// What the project has, for the merge: its commit, and of what is not committed those
    /// files that the branch has changed too and that are as they were when it was made.
    async fn ours(
        &self,
        repository: &Repository,
        base: &str,
        now: &Snapshot,
        touched: &[Change],
    ) -> Result<(String, Vec<String>), WorktreeError> {
        let dirty = repository.changes(&repository.head, &now.tree).await?;
        if dirty.is_empty() {
            return Ok((repository.head.clone(), Vec::new()));
        }
        let since = repository.changed(base, &now.tree).await?;
        let touched: BTreeSet<&str> = touched.iter().map(|it| it.path.as_str()).collect();
        let carried: Vec<Change> = dirty
            .into_iter()
            .filter(|it| touched.contains(it.path.as_str()) && !since.contains(&it.path))
            .collect();
        if carried.is_empty() {
            return Ok((repository.head.clone(), Vec::new()));
        }
        let head = &repository.head;
        let tree = repository.with_changes(head, carried.iter()).await?;
        let ours = repository.commit(&tree, head, "ours", false).await?;
        Ok((ours, carried.into_iter().map(|it| it.path).collect()))
    }

    /// What of the person's would be overwritten: not committed, and not `carried` along;
    /// or staged otherwise than it is in the file.
    async fn lost(
        &self,
        repository: &Repository,
        now: &Snapshot,
        paths: BTreeSet<&String>,
        carried: &[String],
    ) -> Result<BTreeSet<String>, WorktreeError> {
        let mut lost = repository.changed(&repository.head, &now.tree).await?;
        for path in carried {
            lost.remove(path);
        }
        let git = repository.at_top();
        let cached = ["diff", "--cached", "--name-only", "-z", "--no-ext-diff"];
        let staged = git.run(&cached).await?;
        if !staged.is_empty() {
            let open = git
                .run(&["diff", "--name-only", "-z", "--no-ext-diff"])
                .await?;
            let open: BTreeSet<&str> = between_nuls(&open).collect();
            let both = between_nuls(&staged).filter(|path| open.contains(path));
            lost.extend(both.map(str::to_owned));
        }
        lost.retain(|path| paths.contains(path));
        Ok(lost)
    }

    /// Writes what was found into the project, after it is written down that it will be.
    async fn apply(
        &self,
        mut branch: Branch,
        merging: Merging,
        repository: &Repository,
    ) -> Result<Merged, WorktreeError> {
        branch.state = State::Merging(merging.clone());
        self.write(&branch)?;
        let changes = repository.changes(&merging.before, &merging.tree).await?;
        let files: BTreeSet<&str> = merging.files.iter().map(String::as_str).collect();
        let changes: Vec<Change> = changes
            .into_iter()
            .filter(|change| files.contains(change.path.as_str()))
            .collect();
        repository.bring(&merging.tree, &changes).await?;
        let Some(commit) = merging.commit.clone() else {
            let conflicts = merging.conflicts.clone();
            branch.state = State::Conflicted(merging);
            self.write(&branch)?;
            return Ok(Merged::Conflicts(conflicts));
        };
        repository
            .advance(&commit, &merging.files, &merging.message)
            .await?;
        self.merged(branch, repository, commit, merging).await
    }

    /// Whoever applied it was stopped on the way.
    async fn go_on(
        &self,
        mut branch: Branch,
        merging: Merging,
        message: &str,
        by: &str,
    ) -> Result<Merged, WorktreeError> {
        let repository = self.repository(&branch).await?;
        if let Some(commit) = &merging.commit
            && repository.contains(commit, "HEAD").await?
        {
            repository.follow(&merging.files).await?;
            let commit = commit.clone();
            return self.merged(branch, &repository, commit, merging).await;
        }
        if repository.head != merging.head {
            // Somebody has committed in between: what there is to merge is another thing now.
            branch.state = State::Ready;
            self.write(&branch)?;
            return self.begin(branch, message, by).await;
        }
        let now = repository.snapshot().await?.tree;
        let changed = repository.changed(&merging.before, &now).await?;
        let other = repository.changed(&merging.tree, &now).await?;
        let files: BTreeSet<&String> = merging.files.iter().collect();
        let lost = changed.intersection(&other);
        let lost: BTreeSet<String> = lost.filter(|it| files.contains(it)).cloned().collect();
        if !lost.is_empty() {
            return Err(self.uncommitted(&branch, lost));
        }
        self.apply(branch, merging, &repository).await
    }
}
