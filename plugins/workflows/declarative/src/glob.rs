//! Patterns for paths.

/// Whether a pattern can mean more than one file.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether a path fits a pattern: `?` is one character and `*` any number of them,
/// both within a name; `**` is any number of directories.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    matches(
        &pattern,
        &path,
        |part| *part == "**",
        |part, name| {
            let part: Vec<char> = part.chars().collect();
            let name: Vec<char> = name.chars().collect();
            matches(
                &part,
                &name,
                |c| *c == '*',
                |part, c| *part == '?' || part == c,
            )
        },
    )
}

/// Whether `items` fit `pattern`, in which some parts stand for any number of items.
/// Only the last such part is ever tried again: time is at most one times the other.
fn matches<T>(
    pattern: &[T],
    items: &[T],
    many: impl Fn(&T) -> bool,
    one: impl Fn(&T, &T) -> bool,
) -> bool {
    let (mut at, mut here) = (0, 0);
    let mut retry = None;
    while let Some(item) = items.get(here) {
        match pattern.get(at) {
            Some(part) if many(part) => {
                at += 1;
                retry = Some((at, here));
            }
            Some(part) if one(part, item) => {
                at += 1;
                here += 1;
            }
            _ => {
                let Some((after, from)) = retry else {
                    return false;
                };
                (at, here) = (after, from + 1);
                retry = Some((after, from + 1));
            }
        }
    }
    pattern.iter().skip(at).all(many)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns() {
        let yes = [
            ("docs/*.md", "docs/a.md"),
            ("docs/?.md", "docs/é.md"),
            ("**/*.md", "a.md"),
            ("**/*.md", "x/y/a.md"),
            ("docs/**", "docs/x/y"),
            ("a/**/b/*c*", "a/b/x/b/xcx"),
            ("*a*b*", "xaxbx"),
            ("**", "a/b"),
            ("docs/a.md", "docs/a.md"),
            ("docs/*.md", "docs/.md"),
            ("docs/**/*.md", "docs/b.md"),
            ("docs/**/*.md", "docs/a/c/b.md"),
        ];
        for (pattern, path) in yes {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        let no = [
            ("docs/*.md", "docs/x/a.md"),
            ("docs/?.md", "docs/.md"),
            ("*.md", "x/a.md"),
            ("docs/**/a", "other/a"),
            ("*a*b", "xaxbx"),
            ("", "a"),
            ("docs/a.md", "docs/b.md"),
            ("docs/*.md", "docs/a.txt"),
            ("docs/**/b.md", "docs/xb.md"),
            ("?.md", "ab.md"),
            ("?.md", "/.md"),
        ];
        for (pattern, path) in no {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        let pattern = "*a".repeat(2000) + "b";
        assert!(!fits(&pattern, &"a".repeat(20_000)));
        let pattern = "**/a/".repeat(500) + "b";
        assert!(!fits(&pattern, &"a/".repeat(5_000)));
    }
}
