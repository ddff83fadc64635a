use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

/// How many files are named in one sentence.
const NAMED: usize = 10;

/// A file that both sides have changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The file, from the repository's top.
    pub path: String,
    /// What kind of conflict it is, in git's words: `contents`, `modify/delete`, `binary`, …
    pub kind: String,
}

/// What `git merge-tree -z` found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The tree, in which files in conflict have their markers.
    pub(super) tree: String,
    pub(super) conflicts: Vec<Conflict>,
}

impl Found {
    /// None when it is not what git says it prints.
    pub(super) fn read(said: &str) -> Option<Self> {
        let mut parts = said.split('\0');
        let tree = parts.next().filter(|tree| !tree.is_empty())?.to_owned();
        let mut conflicts: Vec<Conflict> = Vec::new();
        for info in parts.by_ref().take_while(|info| !info.is_empty()) {
            let (_, path) = info.split_once('\t')?;
            if conflicts.iter().all(|known| known.path != path) {
                let (path, kind) = (path.to_owned(), "contents".to_owned());
                conflicts.push(Conflict { path, kind });
            }
        }
        while let Some(count) = parts.next().and_then(|count| count.parse::<usize>().ok()) {
            let paths: Vec<&str> = parts.by_ref().take(count).collect();
            let (kind, _message) = (parts.next()?, parts.next()?);
            let kind = kind.strip_prefix("CONFLICT (");
            let Some(kind) = kind.and_then(|kind| kind.strip_suffix(')')) else {
                continue;
            };
            let about = conflicts
                .iter_mut()
                .filter(|conflict| paths.contains(&conflict.path.as_str()));
            about.for_each(|conflict| kind.clone_into(&mut conflict.kind));
        }
        Some(Self { tree, conflicts })
    }
}

/// Whether a file still has the markers of a conflict.
pub(super) fn has_markers(path: &Path) -> bool {
    // A link or a directory has none, and a pipe would be waited for.
    let is_file = fs::symlink_metadata(path).is_ok_and(|it| it.is_file());
    let text = fs::read(path).ok().filter(|_| is_file).unwrap_or_default();
    let begins = |with: &[u8]| {
        text.split(|byte| *byte == b'\n')
            .any(|line| line.starts_with(with))
    };
    begins(b"<<<<<<< ") && begins(b">>>>>>> ")
}

/// Some files, for a sentence: ``  `a` and `b` are ``.
pub(super) fn listed(files: &[String]) -> String {
    let named = files.iter().take(NAMED).map(|file| format!("`{file}`"));
    let named = named.collect::<Vec<_>>().join(", ");
    match files.len() {
        1 => format!("{named} is"),
        many if many > NAMED => format!("{named} and {} more are", many - NAMED),
        _ => format!("{named} are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_prints_is_understood() {
        let clean = Found::read("abc\0\x001\0f\0Auto-merging\0Auto-merging f\n\0").unwrap();
        assert_eq!((clean.tree.as_str(), clean.conflicts.len()), ("abc", 0));
        let said = "abc\x00100644 1 1\ta b\x00100644 2 2\ta b\x00100644 3 3\tgone\0\
             \x001\0a b\0Auto-merging\0Auto-merging a b\n\0\
             1\0a b\0CONFLICT (contents)\0CONFLICT (content): in a b\n\0\
             1\0gone\0CONFLICT (modify/delete)\0CONFLICT (modify/delete): gone\n\0";
        let found = Found::read(said).unwrap();
        let kinds: Vec<_> = found.conflicts.iter().map(|it| it.kind.as_str()).collect();
        assert_eq!(kinds, ["contents", "modify/delete"]);
        assert_eq!(found.conflicts[0].path, "a b");
        assert_eq!(Found::read(""), None);
    }

    #[test]
    fn many_files_are_counted() {
        let files: Vec<String> = (0..12).map(|number| number.to_string()).collect();
        assert_eq!(listed(&files[..1]), "`0` is");
        assert_eq!(listed(&files[..2]), "`0`, `1` are");
        assert!(listed(&files).ends_with("`9` and 2 more are"));
    }
}
