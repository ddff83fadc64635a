use std::{
    fs, io,
    path::{Component, Path},
};

use super::{WorktreeError, is_kept_by_cm};
use crate::{Git, git::between_nuls};

/// A file of the project with further patterns, one a line, as in a `.gitignore`.
const WORKTREE_INCLUDE: &str = ".worktreeinclude";

/// Copies what git does not have and these patterns mean, from the project into a worktree
/// of it; what is there already stays. They are patterns of the kind that stand in a
/// `.gitignore`, and git itself says what they mean. Says how many files it were.
pub(super) async fn copy(
    git: &Git,
    project: &Path,
    patterns: &[String],
    into: &Path,
) -> Result<usize, WorktreeError> {
    let mut wanted = Vec::new();
    for pattern in patterns {
        if !stays(pattern) {
            return Err(WorktreeError::Include(pattern.clone()));
        }
        wanted.push(format!("--exclude={pattern}"));
    }
    let more = project.join(WORKTREE_INCLUDE);
    if fs::symlink_metadata(&more).is_ok_and(|it| it.is_file()) {
        wanted.push(format!("--exclude-from={WORKTREE_INCLUDE}"));
    }
    if wanted.is_empty() {
        return Ok(0);
    }
    let mut list = vec!["ls-files", "-z", "--others", "--ignored"];
    list.extend(wanted.iter().map(String::as_str));
    let found = git.within(project).run(&list).await?;
    let found: Vec<String> = between_nuls(&found)
        .filter(|path| !is_kept_by_cm(path) && !path.ends_with('/') && stays(path))
        .map(str::to_owned)
        .collect();
    let (project, into) = (project.to_owned(), into.to_owned());
    let copied = tokio::task::spawn_blocking(move || copy_all(&project, &found, &into));
    copied.await.unwrap_or_else(|error| {
        Err(WorktreeError::io(
            "copy",
            Path::new("include"),
            io::Error::other(error),
        ))
    })
}

/// Whether a path or pattern stays below where it is.
fn stays(path: &str) -> bool {
    let fine = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    !path.is_empty() && !path.contains(['\0', '\n']) && Path::new(path).components().all(fine)
}

fn copy_all(project: &Path, files: &[String], into: &Path) -> Result<usize, WorktreeError> {
    let root = fs::canonicalize(into).map_err(|error| WorktreeError::io("read", into, error))?;
    let mut copied = 0;
    for file in files {
        let (from, to) = (project.join(file), into.join(file));
        let failed = |error| WorktreeError::io("copy", &from, error);
        if fs::symlink_metadata(&to).is_ok() {
            continue;
        }
        if let Some(parent) = to.parent() {
            match fs::create_dir_all(parent) {
                // A file is where the directory would be: the project has it otherwise.
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => continue,
                made => made.map_err(failed)?,
            }
            // A link that the project has may lead anywhere.
            if !fs::canonicalize(parent).map_err(failed)?.starts_with(&root) {
                continue;
            }
        }
        let kind = fs::symlink_metadata(&from).map_err(failed)?.file_type();
        if kind.is_symlink() {
            let target = fs::read_link(&from).map_err(failed)?;
            std::os::unix::fs::symlink(target, &to).map_err(failed)?;
        } else if kind.is_file() {
            fs::copy(&from, &to).map_err(failed)?;
        } else {
            continue;
        }
        copied += 1;
    }
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use super::stays;

    #[test]
    fn nothing_leads_out() {
        for path in [
            ".env",
            "config/*.local",
            "node_modules/",
            "-x",
            "!keep",
            "a/**/b",
        ] {
            assert!(stays(path), "{path}");
        }
        for path in [
            "",
            "..",
            "../x",
            "a/../../x",
            "/etc/passwd",
            "a\n/etc",
            "a\0b",
        ] {
            assert!(!stays(path), "{path:?}");
        }
    }
}
