//! The ends of a merge: what goes into it, and what is written down when it is over.

use std::collections::BTreeSet;

use super::{
    Branch, Conflict, Merged, State, WorktreeError, Worktrees, conflict,
    record::Merging,
    repository::{Change, Repository},
};

impl Worktrees {
    /// Somebody was to solve conflicts, or to mend what was merged: commits what they made
    /// of it.
    pub(super) async fn solved(
        &self,
        branch: Branch,
        merging: Merging,
    ) -> Result<Merged, WorktreeError> {
        let repository = self.repository(&branch).await?;
        let left = merging.conflicts.iter();
        let left = left.filter(|it| conflict::has_markers(&repository.top.join(&it.path)));
        let left: Vec<Conflict> = left.cloned().collect();
        if !left.is_empty() {
            return Ok(Merged::Conflicts(left));
        }
        let now = repository.snapshot().await?.tree;
        // What was changed beside the files in conflict, to solve it, belongs to it; what
        // was not committed before does not.
        let mut files = repository.changed(&merging.before, &now).await?;
        let before = repository.changed(&merging.head, &merging.before).await?;
        files.retain(|path| !before.contains(path));
        files.extend(merging.files.iter().cloned());
        let head = repository.head.clone();
        let changes = repository.changes(&head, &now).await?;
        let wanted = changes.iter().filter(|it| files.contains(&it.path));
        let wanted: Vec<&Change> = wanted.collect();
        let merging = Merging {
            files: files.into_iter().collect(),
            ..merging
        };
        if wanted.is_empty() {
            // There is nothing, or they have committed it themselves.
            repository.follow(&merging.files).await?;
            return self.merged(branch, &repository, head, merging).await;
        }
        let tree = repository.with_changes(&head, wanted.into_iter()).await?;
        let commit = repository
            .commit(&tree, &head, &merging.message, true)
            .await?;
        repository
            .advance(&commit, &merging.files, &merging.message)
            .await?;
        self.merged(branch, &repository, commit, merging).await
    }

    /// What the branch has, as a commit: what stands in its worktree, committed or not.
    pub(super) async fn tip(
        &self,
        branch: &Branch,
        base: &str,
        message: &str,
    ) -> Result<String, WorktreeError> {
        let path = self.path(&branch.id);
        let found = Repository::find(&self.git(), &path).await;
        let worktree = match found {
            Ok(Ok(worktree)) => worktree,
            // Somebody has removed it; what was committed there is still to be had.
            _ => {
                let name = branch.name.as_deref().unwrap_or(base);
                let tip = format!("refs/heads/{name}");
                let tip = ["rev-parse", "--verify", &tip];
                return Ok(self.git().line(&tip).await?);
            }
        };
        if let Some(what) = worktree.in_the_middle().await? {
            return Err(WorktreeError::Busy {
                id: branch.id.clone(),
                place: path,
                what,
            });
        }
        let now = worktree.snapshot().await?;
        let head = worktree.head.clone();
        if now.tree == worktree.tree_of(&head).await? {
            return Ok(head);
        }
        let tip = worktree.commit(&now.tree, &head, message, true).await?;
        let update = ["update-ref", "-m", "cm: what was not committed", "HEAD"];
        let update = [update.as_slice(), &[&tip, &head]].concat();
        worktree.git.run(&update).await?;
        worktree.git.run(&["reset", "--quiet"]).await?;
        Ok(tip)
    }

    pub(super) async fn repository(&self, branch: &Branch) -> Result<Repository, WorktreeError> {
        let found = Repository::find(&self.git(), &self.project).await?;
        found.map_err(|why| WorktreeError::NoRepository {
            id: branch.id.clone(),
            why,
        })
    }

    /// Whether no other branch of the run is being merged.
    pub(super) fn is_at_rest(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<(), WorktreeError> {
        for other in self.records()? {
            if other.id == branch.id {
                continue;
            }
            if let State::Merging(merging) | State::Conflicted(merging) = &other.state
                && merging.head == repository.head
            {
                let files = merging.conflicts.iter().map(|it| it.path.clone());
                let mut files: Vec<String> = files.collect();
                if files.is_empty() {
                    files.clone_from(&merging.files);
                }
                return Err(WorktreeError::Unfinished {
                    id: branch.id.clone(),
                    other: other.id,
                    files,
                });
            }
        }
        Ok(())
    }

    pub(super) fn uncommitted(&self, branch: &Branch, files: BTreeSet<String>) -> WorktreeError {
        WorktreeError::Uncommitted {
            id: branch.id.clone(),
            project: self.project.clone(),
            files: files.into_iter().collect(),
        }
    }

    pub(super) async fn merged(
        &self,
        mut branch: Branch,
        repository: &Repository,
        commit: String,
        merging: Merging,
    ) -> Result<Merged, WorktreeError> {
        let files = merging.files;
        branch.state = State::Merged {
            commit: Some(commit.clone()),
            files: files.clone(),
            by: merging.by,
            after: Some(repository.snapshot().await?.tree),
        };
        self.write(&branch)?;
        Ok(Merged::Done { commit, files })
    }

    pub(super) fn merged_nothing(
        &self,
        mut branch: Branch,
        by: &str,
    ) -> Result<Merged, WorktreeError> {
        branch.state = State::Merged {
            commit: None,
            files: Vec::new(),
            by: by.to_owned(),
            after: None,
        };
        self.write(&branch)?;
        Ok(Merged::Nothing)
    }
}
