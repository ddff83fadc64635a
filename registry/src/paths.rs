/// The longest path of a file in a package, in bytes.
const LONGEST: usize = 240;
/// The deepest, in parts.
const DEEPEST: usize = 16;

/// Says what is wrong with a path of a file in a package; none when it is safe
/// to append to the package's directory. Judged by its letters alone: symbolic
/// links are looked at when the file is opened.
pub fn objection(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("a path cannot be empty");
    }
    if path.len() > LONGEST {
        return Some("a path has at most 240 bytes");
    }
    if path.starts_with('/') {
        return Some("a path is relative to the package's directory and does not begin with `/`");
    }
    if path.contains(['\\', ':']) || path.chars().any(char::is_control) {
        return Some(
            "a path has no backslash, colon or control character; its parts are joined by `/`",
        );
    }
    let mut depth = 0;
    for part in path.split('/') {
        depth += 1;
        match part {
            "" => return Some("a path has no empty part"),
            ".." => return Some("a path cannot lead out of the package with `..`"),
            "." => return Some("a path has no `.` part"),
            hidden if hidden.starts_with('.') => {
                return Some(
                    "files and folders whose name begins with a dot are not part of a package",
                );
            }
            _ => {}
        }
    }
    (depth > DEEPEST).then_some("a path has at most 16 parts")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn examples() {
        for path in ["cm.toml", "agents/planner/01-risks.md", "a b/ü.md"] {
            assert_eq!(objection(path), None, "{path}");
        }
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a//b",
            "./a",
            "a\\b",
            "C:x",
            ".env",
            "a/.git/x",
            "a\0b",
        ] {
            assert!(objection(path).is_some(), "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn what_passes_stays_inside(path in "[a./\\\\~:é\\x00-]{0,12}") {
            if objection(&path).is_none() {
                prop_assert!(Path::new(&path).components().all(|part| matches!(part, Component::Normal(_))));
            }
        }
    }
}
