use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{WorktreeError, is_kept_by_cm};
use crate::{Git, GitError, Scratch, git::between_nuls};

/// A directory in a git repository that has a commit.
#[derive(Debug)]
pub(super) struct Repository {
    /// In the directory itself.
    pub(super) git: Git,
    /// The repository's top directory.
    pub(super) top: PathBuf,
    /// From there to the directory: empty, or with `/` at its end.
    pub(super) prefix: String,
    /// The commit that is checked out.
    pub(super) head: String,
}

/// What a directory holds, as git sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// Everything that git does not ignore, as a tree.
    pub(super) tree: String,
    /// Repositories of their own in it, which are not in the tree.
    pub(super) nested: Vec<String>,
}

/// What differs between two trees: a path, from the top, and what the second has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: String,
    /// The first has nothing there.
    pub(super) is_new: bool,
    /// Mode and object; none: the second has nothing there.
    pub(super) entry: Option<(String, String)>,
}

impl Repository {
    /// The repository that this directory is in; or why it is in none that will do.
    pub(super) async fn find(
        git: &Git,
        directory: &Path,
    ) -> Result<Result<Self, String>, WorktreeError> {
        let here = directory.display();
        let git = git.within(directory);
        let asked = git.ask(&["rev-parse", "--show-toplevel"], None).await;
        let asked = match asked {
            Ok(asked) => asked,
            Err(GitError::NotInstalled) => return Ok(Err("git is not installed".to_owned())),
            Err(error) => return Err(error.into()),
        };
        if asked.code != Some(0) {
            let said = asked.complaint();
            if said.contains("not a git repository") || said.contains("must be run in a work tree")
            {
                return Ok(Err(format!("`{here}` is in no git repository")));
            }
            return Err(asked.failed("rev-parse").into());
        }
        let top = String::from_utf8_lossy(&asked.stdout);
        let top = PathBuf::from(top.trim_end_matches('\n'));
        let prefix = git.line(&["rev-parse", "--show-prefix"]).await?;
        let head = ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
        let Ok(head) = git.line(&head).await else {
            return Ok(Err("its git repository has no commit yet".to_owned()));
        };
        Ok(Ok(Self {
            git,
            top,
            prefix,
            head,
        }))
    }

    /// In the repository's top directory.
    pub(super) fn at_top(&self) -> Git {
        self.git.within(&self.top)
    }

    /// What the directory holds now. The repository's own index stays as it is.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, WorktreeError> {
        let scratch = scratch()?;
        let index = scratch.path().join("index");
        let real = self.git.line(&["rev-parse", "--git-path", "index"]).await?;
        // Relative to where git was asked; a copy knows which files have not changed.
        let real = self.directory().join(real);
        if real.is_file() {
            copy_index(&real, &index).map_err(|error| WorktreeError::io("copy", &real, error))?;
        }
        let git = self.git.with_index(&index);
        git.run(&["add", "--update", "--", ":/"]).await?;
        let others = ["ls-files", "-z", "--others", "--exclude-standard"];
        let others = git.run(&others).await?;
        let mut new = String::new();
        let mut nested = Vec::new();
        for path in between_nuls(&others).filter(|path| !is_kept_by_cm(path)) {
            match path.strip_suffix('/') {
                Some(path) => nested.push(path.to_owned()),
                None => {
                    new.push_str(path);
                    new.push('\0');
                }
            }
        }
        if !new.is_empty() {
            let add = ["update-index", "--add", "-z", "--stdin"];
            git.feed(&add, Some(new)).await?;
        }
        let tree = git.line(&["write-tree"]).await?;
        Ok(Snapshot { tree, nested })
    }

    fn directory(&self) -> PathBuf {
        self.top.join(&self.prefix)
    }

    /// The tree of a commit.
    pub(super) async fn tree_of(&self, commit: &str) -> Result<String, WorktreeError> {
        let tree = format!("{commit}^{{tree}}");
        Ok(self.git.line(&["rev-parse", "--verify", &tree]).await?)
    }

    /// What differs, from the first tree or commit to the second.
    pub(super) async fn changes(&self, from: &str, to: &str) -> Result<Vec<Change>, WorktreeError> {
        let diff = ["diff-tree", "-r", "-z", "--raw", "--no-renames"];
        let diff = [diff.as_slice(), &["--no-ext-diff", from, to]].concat();
        let said = self.at_top().run(&diff).await?;
        let mut parts = said.split('\0');
        let mut changes = Vec::new();
        while let (Some(what), Some(path)) = (parts.next(), parts.next()) {
            // `:MODE MODE OBJECT OBJECT STATUS`
            let fields: Vec<&str> = what.split(' ').collect();
            let entry = match fields.as_slice() {
                [_, _, _, _, "D"] => None,
                [_, mode, _, object, _] => Some(((*mode).to_owned(), (*object).to_owned())),
                _ => continue,
            };
            changes.push(Change {
                path: path.to_owned(),
                is_new: what.ends_with(" A"),
                entry,
            });
        }
        Ok(changes)
    }

    /// The paths of what differs.
    pub(super) async fn changed(
        &self,
        from: &str,
        to: &str,
    ) -> Result<BTreeSet<String>, WorktreeError> {
        let changes = self.changes(from, to).await?;
        Ok(changes.into_iter().map(|change| change.path).collect())
    }

    /// A tree: that of this tree or commit, by its full name, with these changes.
    pub(super) async fn with_changes<'a>(
        &self,
        tree: &str,
        changes: impl Iterator<Item = &'a Change>,
    ) -> Result<String, WorktreeError> {
        let scratch = scratch()?;
        let git = self.at_top().with_index(&scratch.path().join("index"));
        git.run(&["read-tree", tree]).await?;
        let nothing = "0".repeat(tree.len());
        let mut lines = String::new();
        for change in changes {
            let (mode, object) = match &change.entry {
                Some((mode, object)) => (mode.as_str(), object.as_str()),
                // As long as any object's name is in this repository.
                None => ("0", nothing.as_str()),
            };
            lines.push_str(&format!("{mode} {object}\t{}\0", change.path));
        }
        if !lines.is_empty() {
            let info = ["update-index", "-z", "--index-info"];
            git.feed(&info, Some(lines)).await?;
        }
        Ok(git.line(&["write-tree"]).await?)
    }

    /// A commit with this tree. By the person, as git knows them, or by `cm`.
    pub(super) async fn commit(
        &self,
        tree: &str,
        parent: &str,
        message: &str,
        by_person: bool,
    ) -> Result<String, WorktreeError> {
        let who = ["-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT"];
        let known = by_person && self.git.ask(&who, None).await?.code == Some(0);
        let mut git = self.at_top();
        if !known {
            let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            git = git.with(&[
                set("GIT_AUTHOR_NAME", "cm"),
                set("GIT_AUTHOR_EMAIL", "cm@localhost"),
                set("GIT_COMMITTER_NAME", "cm"),
                set("GIT_COMMITTER_EMAIL", "cm@localhost"),
            ]);
        }
        let commit = ["commit-tree", tree, "-p", parent, "-F", "-"];
        let made = git.feed(&commit, Some(format!("{message}\n"))).await?;
        Ok(made.trim().to_owned())
    }

    /// Whether the second commit has the first one in its past.
    pub(super) async fn contains(&self, past: &str, commit: &str) -> Result<bool, WorktreeError> {
        let asked = ["merge-base", "--is-ancestor", past, commit];
        Ok(self.git.ask(&asked, None).await?.code == Some(0))
    }

    /// What git is in the middle of there.
    pub(super) async fn in_the_middle(&self) -> Result<Option<String>, WorktreeError> {
        for (file, what) in [
            ("MERGE_HEAD", "a merge"),
            ("CHERRY_PICK_HEAD", "a cherry-pick"),
            ("REVERT_HEAD", "a revert"),
            ("rebase-merge", "a rebase"),
            ("rebase-apply", "a rebase"),
        ] {
            let path = self.git.line(&["rev-parse", "--git-path", file]).await?;
            if self.directory().join(path).exists() {
                return Ok(Some(what.to_owned()));
            }
        }
        let unmerged = self.at_top().run(&["ls-files", "-z", "--unmerged"]).await?;
        let unmerged = !unmerged.is_empty();
        Ok(unmerged.then(|| "a merge with conflicts".to_owned()))
    }
}

/// Git looks into a file that was changed in the moment in which the index was written, and
/// believes the file's time otherwise: so the copy has to be as old as what it is of.
fn copy_index(from: &Path, to: &Path) -> io::Result<()> {
    let written = fs::metadata(from)?.modified()?;
    fs::copy(from, to)?;
    fs::File::options()
        .write(true)
        .open(to)?
        .set_modified(written)
}

/// For an index of our own.
pub(super) fn scratch() -> Result<Scratch, WorktreeError> {
    Scratch::new().map_err(|error| WorktreeError::io("make", &std::env::temp_dir(), error))
}
