//! Three sides become one.

use std::path::Path;

use super::{
    Conflict, WorktreeError,
    conflict::Found,
    repository::{Repository, scratch},
};
use crate::git::between_nuls;

/// What comes of two sides that have this base. Nothing of the project is touched.
pub(super) async fn join(
    repository: &Repository,
    base: &str,
    ours: &str,
    theirs: &str,
) -> Result<Found, WorktreeError> {
    let ours = only(repository, base, ours).await?;
    let theirs = only(repository, base, theirs).await?;
    let merge = ["merge-tree", "--write-tree", "-z", "--messages"];
    let merge = [merge.as_slice(), &[&ours, &theirs]].concat();
    let said = repository.at_top().ask(&merge, None).await?;
    let found = Found::read(&String::from_utf8_lossy(&said.stdout));
    match (said.code, found) {
        (Some(0 | 1), Some(found)) => Ok(found),
        // A git before 2.38.
        (Some(0 | 1 | 129), _) => join_elsewhere(repository, &ours, &theirs).await,
        _ => Err(said.failed("merge-tree").into()),
    }
}

/// A side as a commit with no other past than the base: git looks for the common past
/// itself, and only a newer one can be told.
async fn only(repository: &Repository, base: &str, side: &str) -> Result<String, WorktreeError> {
    let tree = repository.tree_of(side).await?;
    repository
        .commit(&tree, base, "a side of a merge", false)
        .await
}

/// In a worktree that is made for it, for a git that cannot do without.
pub(super) async fn join_elsewhere(
    repository: &Repository,
    ours: &str,
    theirs: &str,
) -> Result<Found, WorktreeError> {
    let scratch = scratch()?;
    let place = scratch.path().join("merge");
    let path = place.display().to_string();
    let git = repository.at_top();
    let add = ["worktree", "add", "--quiet", "--detach", &path, ours];
    git.run(&add).await?;
    let found = merge_in(repository, &place, theirs).await;
    let remove = ["worktree", "remove", "--force", &path];
    let removed = git.run(&remove).await;
    let found = found?;
    removed?;
    Ok(found)
}

async fn merge_in(
    repository: &Repository,
    place: &Path,
    theirs: &str,
) -> Result<Found, WorktreeError> {
    let cm = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let git = repository.git.within(place).with(&[
        cm("GIT_COMMITTER_NAME", "cm"),
        cm("GIT_COMMITTER_EMAIL", "cm@localhost"),
    ]);
    let merge = ["merge", "--quiet", "--no-ff", "--no-commit", theirs];
    let said = git.ask(&merge, None).await?;
    let unmerged = git.run(&["ls-files", "-z", "--unmerged"]).await?;
    let conflicts = conflicts(&unmerged);
    if said.code != Some(0) && conflicts.is_empty() {
        return Err(said.failed("merge").into());
    }
    // With the markers that stand in the files now.
    git.run(&["add", "--all"]).await?;
    let tree = git.line(&["write-tree"]).await?;
    Ok(Found { tree, conflicts })
}

/// From `MODE OBJECT STAGE\tPATH`: which sides have something there tells what it is.
fn conflicts(unmerged: &str) -> Vec<Conflict> {
    let mut found: Vec<(String, u32)> = Vec::new();
    for entry in between_nuls(unmerged) {
        let Some((info, path)) = entry.split_once('\t') else {
            continue;
        };
        let stage = info.rsplit(' ').next().and_then(|stage| stage.parse().ok());
        let side = 1_u32 << stage.unwrap_or(0_u32).min(3);
        match found.iter_mut().find(|(known, _)| known == path) {
            Some((_, sides)) => *sides |= side,
            None => found.push((path.to_owned(), side)),
        }
    }
    let conflict = |(path, sides): (String, u32)| {
        let kind = match (sides & 2 != 0, sides & 4 != 0 && sides & 8 != 0) {
            (true, true) => "contents",
            (false, true) => "add/add",
            _ => "modify/delete",
        };
        let kind = kind.to_owned();
        Conflict { path, kind }
    };
    found.into_iter().map(conflict).collect()
}
