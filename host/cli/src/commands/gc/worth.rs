use std::path::Path;

use cm_effects::worktree::{Leftover, Worth};

/// Why it is kept, and the way out.
pub(super) fn worth_keeping(worth: &Worth, left: &Leftover) -> String {
    let some = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let away = match (&left.path, &left.name) {
        (Some(path), Some(name)) => format!(
            "git worktree remove --force {} && git branch -D {name}",
            quoted(path)
        ),
        (Some(path), None) => format!("rm -r {}", quoted(path)),
        (None, Some(name)) => format!("git branch -D {name}"),
        (None, None) => String::new(),
    };
    let look = match (&left.path, &left.name) {
        (Some(path), _) if *worth != Worth::Conflicts => {
            format!("look at it: git -C {} status", quoted(path))
        }
        (None, Some(name)) => format!("merge it: git merge {name}"),
        _ => "solve them in the project and commit that".to_owned(),
    };
    let what = match worth {
        Worth::Unmerged(count) => {
            format!("{} not merged", some(*count, "commit is", "commits are"))
        }
        Worth::Uncommitted(count) => {
            format!("{} not committed", some(*count, "change is", "changes are"))
        }
        Worth::Conflicts => "the conflicts of its merge are not solved".to_owned(),
    };
    format!("{what}; {look}; throw it away: {away}")
}

/// A path, as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,".contains(c);
    match path.chars().all(plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}
