use std::{fs, path::Path};

use super::{
    Branch, State, WorktreeError, Worktrees, conflict, make::runs, record::Merging,
    repository::Repository,
};
use crate::{Git, git::between_nuls};

/// Something that a run has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The run.
    pub run: String,
    /// A branch with a record; none: only a branch in git, or a directory.
    pub branch: Option<Branch>,
    /// Its id.
    pub id: String,
    /// What git calls it, if git has it.
    pub name: Option<String>,
    /// The worktree's directory, if there is one.
    pub path: Option<std::path::PathBuf>,
}

/// Why a branch is worth keeping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Commits that are not in the project.
    Unmerged(usize),
    /// Changes that are not committed.
    Uncommitted(usize),
    /// Conflicts of its merge that nobody has solved.
    Conflicts,
}

impl Leftover {
    /// All worktrees, and branches named `cm/RUN/NAME`, of a project.
    ///
    /// # Errors
    /// When something cannot be read.
    pub async fn all(project: &Path) -> Result<Vec<Self>, WorktreeError> {
        let names = git_names(project).await?;
        let mut found = Vec::new();
        for run in runs(project) {
            let worktrees = Worktrees::new(project, &run, Vec::new())?;
            let records = worktrees.records()?;
            let entries = fs::read_dir(worktrees.place()).into_iter().flatten();
            let directories = entries.flatten().filter(|it| it.path().is_dir());
            let texts = directories.filter_map(|it| it.file_name().into_string().ok());
            let strays = texts.filter(|name| super::name::check(name).is_ok());
            let strays = strays.filter(|name| records.iter().all(|it| it.id != *name));
            for id in strays.collect::<Vec<_>>() {
                found.push(Self {
                    path: Some(worktrees.path(&id)),
                    run: run.clone(),
                    branch: None,
                    id,
                    name: None,
                });
            }
            for branch in records {
                let path = worktrees.path(&branch.id);
                found.push(Self {
                    run: run.clone(),
                    id: branch.id.clone(),
                    name: branch.name.clone().filter(|name| names.contains(name)),
                    path: path.is_dir().then_some(path),
                    branch: Some(branch),
                });
            }
        }
        for name in names {
            let parts: Vec<&str> = name.split('/').collect();
            let ["cm", run, id] = parts.as_slice() else {
                continue;
            };
            if found.iter().any(|it: &Self| it.run == *run && it.id == *id) {
                continue;
            }
            found.push(Self {
                run: (*run).to_owned(),
                branch: None,
                id: (*id).to_owned(),
                name: Some(name.clone()),
                path: None,
            });
        }
        Ok(found)
    }

    /// Why it is worth keeping; none: nothing of value is lost with it.
    ///
    /// # Errors
    /// When git cannot tell.
    pub async fn worth(&self, project: &Path) -> Result<Option<Worth>, WorktreeError> {
        let worktrees = Worktrees::new(project, &self.run, Vec::new())?;
        if let Some(branch) = &self.branch {
            return match &branch.state {
                State::Making | State::Merged { .. } => Ok(None),
                State::Merging(merging) | State::Conflicted(merging) => {
                    worktrees.worth_in_between(branch, merging).await
                }
                State::Ready => worktrees.worth(branch).await,
            };
        }
        let git = Git::new(project);
        if let Some(name) = &self.name {
            return unmerged(&git, &format!("refs/heads/{name}"), None).await;
        }
        match &self.path {
            // A worktree without a record is whose it may be.
            Some(path) if path.join(".git").exists() => {
                let git = git.within(path);
                match unmerged(&git, "HEAD", None).await? {
                    Some(worth) => Ok(Some(worth)),
                    None => uncommitted(&git).await,
                }
            }
            Some(path) => {
                let empty = fs::read_dir(path).is_ok_and(|mut it| it.next().is_none());
                Ok((!empty).then_some(Worth::Uncommitted(1)))
            }
            None => Ok(None),
        }
    }

    /// Takes it away, whatever it is worth.
    ///
    /// # Errors
    /// When something of it stays.
    pub async fn remove(&self, project: &Path) -> Result<(), WorktreeError> {
        let worktrees = Worktrees::new(project, &self.run, Vec::new())?;
        match (&self.branch, &self.name) {
            (Some(branch), _) => worktrees.remove(branch).await?,
            (None, Some(name)) => worktrees.clear(&self.id, name).await?,
            (None, None) => {
                let path = worktrees.path(&self.id);
                let removed = crate::scratch::wipe(&path);
                removed.map_err(|error| WorktreeError::io("remove", &path, error))?;
            }
        }
        // Nothing may be in it any more.
        let _ = fs::remove_dir(worktrees.place());
        Ok(())
    }
}

impl Worktrees {
    /// Why a branch is worth keeping whose merge was not finished.
    async fn worth_in_between(
        &self,
        branch: &Branch,
        merging: &Merging,
    ) -> Result<Option<Worth>, WorktreeError> {
        let repository = self.repository(branch).await?;
        if let Some(commit) = &merging.commit {
            let merged = repository.contains(commit, "HEAD").await?;
            return match merged {
                true => Ok(None),
                false => self.worth(branch).await,
            };
        }
        let mut files = merging.conflicts.iter().map(|it| &it.path);
        let open = |path: &String| conflict::has_markers(&repository.top.join(path));
        if files.clone().any(open) {
            return Ok(Some(Worth::Conflicts));
        }
        // Somebody has solved them and committed that, or has taken them back.
        let committed = repository.changed(&merging.head, &repository.head).await?;
        match files.all(|path| committed.contains(path)) {
            true => Ok(None),
            false => self.worth(branch).await,
        }
    }

    /// Why a branch that is ready is worth keeping.
    pub(super) async fn worth(&self, branch: &Branch) -> Result<Option<Worth>, WorktreeError> {
        let (Some(name), Some(base)) = (&branch.name, &branch.base) else {
            return Ok(None);
        };
        let path = self.path(&branch.id);
        if path.join(".git").exists() {
            let git = self.git().within(&path);
            if let Some(worth) = uncommitted(&git).await? {
                return Ok(Some(worth));
            }
            if let Some(worth) = unmerged(&git, "HEAD", Some(base)).await? {
                return Ok(Some(worth));
            }
        }
        unmerged(&self.git(), &format!("refs/heads/{name}"), Some(base)).await
    }
}

/// The branches that only `cm` makes, if there is a repository.
async fn git_names(project: &Path) -> Result<Vec<String>, WorktreeError> {
    let git = Git::new(project);
    let Ok(_) = Repository::find(&git, project).await? else {
        return Ok(Vec::new());
    };
    let list = [
        "for-each-ref",
        "--format=%(refname:short)",
        "refs/heads/cm/",
    ];
    let list = git.run(&list).await?;
    Ok(list.lines().map(str::to_owned).collect())
}

/// How many commits there are that the project does not have; `base` is the one that the
/// branch was made with.
async fn unmerged(
    git: &Git,
    tip: &str,
    base: Option<&str>,
) -> Result<Option<Worth>, WorktreeError> {
    let there = ["rev-parse", "--verify", "--quiet", tip];
    if git.ask(&there, None).await?.code != Some(0) {
        return Ok(None);
    }
    // On any other branch they are safe as well.
    let mut count = vec!["rev-list", "--count", tip, "--not"];
    count.extend(base);
    count.extend(["--exclude=cm/*", "--branches", "--remotes", "--tags"]);
    let count = git.line(&count).await?;
    let count = count.parse().unwrap_or(1);
    Ok((count > 0).then_some(Worth::Unmerged(count)))
}

async fn uncommitted(git: &Git) -> Result<Option<Worth>, WorktreeError> {
    let status = ["status", "--porcelain", "-z", "--untracked-files=all"];
    let status = git.run(&status).await?;
    let count = between_nuls(&status).count();
    Ok((count > 0).then_some(Worth::Uncommitted(count)))
}
