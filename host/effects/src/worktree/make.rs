use std::{collections::BTreeSet, fs, path::Path};

use crate::scratch;

use super::{
    Branch, State, WorktreeError, Worktrees, all, include, name, ports, repository::Repository,
};

/// A branch that somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// For which piece of work: whoever asks again with the same gets the same branch.
    pub owner: String,
    /// What git does not have and belongs to it: paths and patterns as in a `.gitignore`.
    pub include: Vec<String>,
    /// How many free ports it gets.
    pub ports: u32,
    /// Commands that are run before it is taken away.
    pub teardown: Vec<String>,
}

impl Worktrees {
    /// Makes a branch, or finds the one that was made for the same piece of work. When it
    /// is not [`State::Ready`], what makes it so is still to be done, and then
    /// [`Worktrees::ready`] to be called.
    ///
    /// # Errors
    /// When it cannot be made. What was made of it until then is taken away by the next
    /// try.
    pub async fn make(&self, wanted: &Wanted) -> Result<(Branch, usize), WorktreeError> {
        name::check(&wanted.name)?;
        self.found()?;
        let _lock = self.lock().await?;
        let id = match self.known(wanted).await? {
            Known::Ready(branch) => return Ok((*branch, 0)),
            Known::Free(id) => id,
        };
        let taken = self.taken_ports()?;
        let mut branch = Branch {
            id,
            owner: wanted.owner.clone(),
            name: None,
            base: None,
            prefix: String::new(),
            ports: ports::free(wanted.ports, &taken)?,
            teardown: wanted.teardown.clone(),
            shared: None,
            state: State::Making,
        };
        let repository = match self.usable().await? {
            Ok(repository) => repository,
            Err(why) => {
                branch.shared = Some(why);
                self.write(&branch)?;
                return Ok((branch, 0));
            }
        };
        let base = self.base(&repository).await?;
        branch.prefix.clone_from(&repository.prefix);
        branch.base = Some(base.clone());
        let git_name = format!("cm/{}/{}", self.run, branch.id);
        branch.name = Some(git_name.clone());
        self.write(&branch)?;
        let path = self.path(&branch.id).display().to_string();
        let add = ["worktree", "add", "--quiet", "--no-track", "-b"];
        let add = [add.as_slice(), &[&git_name, &path, &base]].concat();
        repository.git.run(&add).await?;
        let directory = self.directory_of(&branch);
        let included =
            include::copy(&self.git(), &self.project, &wanted.include, &directory).await?;
        Ok((branch, included))
    }

    /// All that makes it ready has been done.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub fn ready(&self, mut branch: Branch) -> Result<Branch, WorktreeError> {
        branch.state = State::Ready;
        self.write(&branch)?;
        Ok(branch)
    }

    /// The repository; or why there can be no worktrees.
    async fn usable(&self) -> Result<Result<Repository, String>, WorktreeError> {
        let repository = match Repository::find(&self.git(), &self.project).await? {
            Ok(repository) => repository,
            Err(why) => return Ok(Err(why)),
        };
        // A project somewhere below a repository that ignores it would not be in it.
        let ignored = ["check-ignore", "--quiet", "."];
        if !repository.prefix.is_empty()
            && repository.git.ask(&ignored, None).await?.code == Some(0)
        {
            let here = self.project.display();
            return Ok(Err(format!(
                "the git repository around `{here}` ignores it"
            )));
        }
        Ok(Ok(repository))
    }

    /// The commit that a branch begins with: what the person sees.
    async fn base(&self, repository: &Repository) -> Result<String, WorktreeError> {
        let now = repository.snapshot().await?;
        let head = &repository.head;
        if now.tree == repository.tree_of(head).await? {
            return Ok(head.clone());
        }
        let message = "What was not committed when the branch was made";
        repository.commit(&now.tree, head, message, false).await
    }

    /// The branch that is wanted, if there is one; else an id for it.
    async fn known(&self, wanted: &Wanted) -> Result<Known, WorktreeError> {
        for number in 1.. {
            let id = match number {
                1 => wanted.name.clone(),
                number => format!("{}-{number}", wanted.name),
            };
            let Some(branch) = self.record(&id)? else {
                let path = self.path(&id);
                if fs::symlink_metadata(&path).is_ok() {
                    return Err(WorktreeError::InTheWay(path));
                }
                return Ok(Known::Free(id));
            };
            let is_there = self.directory_of(&branch).is_dir();
            let same = branch.owner == wanted.owner;
            let free = match &branch.state {
                State::Making => same,
                State::Merged { .. } => true,
                // Somebody else's of the same name has something in it, or may get it.
                State::Merging(_) | State::Conflicted(_) => false,
                State::Ready if same && is_there => return Ok(Known::Ready(Box::new(branch))),
                State::Ready => !is_there || self.is_untouched(&branch).await?,
            };
            if free {
                self.remove(&branch).await?;
                return Ok(Known::Free(id));
            }
        }
        Ok(Known::Free(wanted.name.clone()))
    }

    /// Whether nothing has happened in it since it was made.
    async fn is_untouched(&self, branch: &Branch) -> Result<bool, WorktreeError> {
        if branch.shared.is_some() {
            return Ok(true);
        }
        Ok(self.worth(branch).await?.is_none())
    }

    /// Takes a branch away, with its worktree, whatever is in it.
    ///
    /// # Errors
    /// When something of it stays.
    pub async fn remove(&self, branch: &Branch) -> Result<(), WorktreeError> {
        if let Some(name) = &branch.name {
            self.clear(&branch.id, name).await?;
        }
        self.forget(&branch.id)
    }

    /// Takes the worktree and the branch away, and leaves the record.
    pub(super) async fn clear(&self, id: &str, name: &str) -> Result<(), WorktreeError> {
        let path = self.path(id);
        let git = self.git();
        let place = path.display().to_string();
        // Refused when it was never made, or only half; what is left is then removed by hand.
        let _ = git
            .ask(&["worktree", "remove", "--force", "--force", &place], None)
            .await?;
        scratch::wipe(&path).map_err(|error| WorktreeError::io("remove", &path, error))?;
        let _ = git.ask(&["worktree", "prune"], None).await?;
        let reference = format!("refs/heads/{name}");
        let there = ["rev-parse", "--verify", "--quiet", &reference];
        if git.ask(&there, None).await?.code == Some(0) {
            git.run(&["branch", "--quiet", "-D", "--", name]).await?;
        }
        Ok(())
    }

    /// The ports of all branches of the project.
    fn taken_ports(&self) -> Result<BTreeSet<u16>, WorktreeError> {
        let mut taken = BTreeSet::new();
        for run in runs(&self.project) {
            let Ok(others) = Self::new(&self.project, &run, Vec::new()) else {
                continue;
            };
            for branch in others.records()? {
                if !matches!(branch.state, State::Merged { .. }) {
                    taken.extend(branch.ports);
                }
            }
        }
        Ok(taken)
    }
}

enum Known {
    Ready(Box<Branch>),
    Free(String),
}

/// The runs that have a place for worktrees.
pub(super) fn runs(project: &Path) -> Vec<String> {
    let entries = fs::read_dir(all(project)).into_iter().flatten().flatten();
    let directories = entries.filter(|entry| entry.file_type().is_ok_and(|it| it.is_dir()));
    let names = directories.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name::check(name).is_ok()).collect();
    names.sort();
    names
}
