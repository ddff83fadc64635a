//! Writing what comes of a merge into the project.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{
    WorktreeError,
    repository::{Change, Repository, scratch},
};

impl Repository {
    /// Files that git does not know, where these changes would write: they would be lost.
    pub(super) fn in_the_way(&self, changes: &[Change]) -> Vec<String> {
        let changed: BTreeSet<&str> = changes.iter().map(|it| it.path.as_str()).collect();
        let ours = |path: &str| changed.contains(path);
        let mut found = BTreeSet::new();
        for change in changes.iter().filter(|change| change.entry.is_some()) {
            let path = &change.path;
            if let Ok(there) = fs::symlink_metadata(self.top.join(path)) {
                if there.is_dir() {
                    let within = files_below(&self.top, path);
                    found.extend(within.into_iter().filter(|file| !ours(file)));
                } else if change.is_new {
                    found.insert(path.clone());
                }
            }
            // A file where a directory has to be.
            for (at, _) in path.match_indices('/') {
                let above = path.get(..at).unwrap_or_default();
                let there = fs::symlink_metadata(self.top.join(above));
                if there.is_ok_and(|it| !it.is_dir()) && !ours(above) {
                    found.insert(above.to_owned());
                }
            }
        }
        found.into_iter().collect()
    }

    /// Brings these files of the directory to what the tree has. Done again, it changes
    /// nothing.
    pub(super) async fn bring(&self, tree: &str, changes: &[Change]) -> Result<(), WorktreeError> {
        for change in changes.iter().filter(|change| change.entry.is_none()) {
            self.take_away(&change.path)?;
        }
        let scratch = scratch()?;
        let git = self.at_top().with_index(&scratch.path().join("index"));
        git.run(&["read-tree", tree]).await?;
        let mut files = String::new();
        for change in changes.iter().filter(|change| change.entry.is_some()) {
            files.push_str(&change.path);
            files.push('\0');
        }
        if !files.is_empty() {
            let out = ["checkout-index", "--force", "--quiet", "-z", "--stdin"];
            git.feed(&out, Some(files)).await?;
        }
        Ok(())
    }

    /// Moves what is checked out to this commit, and lets the index follow for these files
    /// alone: what the person has staged beside them stays staged.
    pub(super) async fn advance(
        &self,
        to: &str,
        files: &[String],
        why: &str,
    ) -> Result<(), WorktreeError> {
        let git = self.at_top();
        if self.head != to {
            let update = ["update-ref", "-m", why, "HEAD", to, &self.head];
            git.run(&update).await?;
        }
        self.follow(files).await
    }

    /// Lets the index have what is checked out, for these files.
    pub(super) async fn follow(&self, files: &[String]) -> Result<(), WorktreeError> {
        if files.is_empty() {
            return Ok(());
        }
        let reset = ["--literal-pathspecs", "reset", "--quiet"];
        let from = ["--pathspec-from-file=-", "--pathspec-file-nul"];
        let reset = [reset.as_slice(), &from].concat();
        self.at_top().feed(&reset, Some(files.join("\0"))).await?;
        Ok(())
    }

    fn take_away(&self, path: &str) -> Result<(), WorktreeError> {
        let file = self.top.join(path);
        match fs::symlink_metadata(&file) {
            Ok(there) if !there.is_dir() => {
                fs::remove_file(&file)
                    .map_err(|error| WorktreeError::io("remove", &file, error))?;
            }
            _ => return Ok(()),
        }
        // Directories that have nothing in them any more: git knows none.
        for above in file.ancestors().skip(1) {
            if above == self.top || fs::remove_dir(above).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// All that lies below a directory and is none, from the top.
fn files_below(top: &Path, directory: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut directories = vec![PathBuf::from(directory)];
    while let Some(directory) = directories.pop() {
        let entries = fs::read_dir(top.join(&directory)).into_iter().flatten();
        for entry in entries.flatten() {
            let path = directory.join(entry.file_name());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                directories.push(path);
            } else {
                files.push(path.to_string_lossy().into_owned());
            }
        }
    }
    files
}
