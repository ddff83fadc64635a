/// The longest name of a package or a component.
const LONGEST: usize = 64;

/// What a name has to look like, for messages.
pub const RULE: &str =
    "lowercase letters, digits and single hyphens, at most 64, a letter or digit at both ends";

/// The same as a pattern, for the JSON Schema.
pub(crate) const PATTERN: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// Whether this may name a package or a component. Such a name is also safe as
/// a file name everywhere.
pub fn valid(name: &str) -> bool {
    name.len() <= LONGEST
        && name.split('-').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

/// What a package's full name has to look like, for messages.
pub const PACKAGE_RULE: &str =
    "NAME or NAMESPACE/NAME, each of lowercase letters, digits and single hyphens, at most 64";

/// Whether this is what a package is called where it is installed: its own name,
/// or `NAMESPACE/NAME` when it was published in a namespace.
///
/// The two never stand for each other. Whoever could put a package into some
/// namespace could otherwise take the place of one without.
pub fn package(name: &str) -> bool {
    name.split('/').count() <= 2 && name.split('/').all(valid)
}

/// A package's own name, as in its `cm.toml`: the full one without its namespace.
pub(crate) fn bare(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// Splits the name of a step, `[[NAMESPACE/]PACKAGE:]COMPONENT/STEP`, into that of
/// the component and the step's own.
pub fn split_step(name: &str) -> Option<(&str, &str)> {
    let component = name.find(':').map_or(0, |at| at + 1);
    let slash = component + name.get(component..)?.find('/')?;
    Some((name.get(..slash)?, name.get(slash + 1..)?))
}

/// The nearest valid name to any text, for directories that are packages
/// without saying so.
pub fn nearest(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        let character = character.to_ascii_lowercase();
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        if name.len() == LONGEST {
            break;
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() {
        "workflow".to_owned()
    } else {
        name.to_owned()
    }
}

/// The word that was probably meant.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| {
            let begins = word.len() >= 2 && candidate.starts_with(word);
            (
                if begins {
                    1.0
                } else {
                    strsim::jaro_winkler(word, candidate)
                },
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names() {
        for name in ["a", "review-and-fix", "7zip"] {
            assert!(valid(name), "{name}");
        }
        let long = "a".repeat(65);
        for name in [
            "",
            "-a",
            "a-",
            "a--b",
            "A",
            "a/b",
            "..",
            "a.b",
            "é",
            "a b",
            long.as_str(),
        ] {
            assert!(!valid(name), "{name}");
        }
    }

    #[test]
    fn full_names() {
        for name in ["a", "acme/review"] {
            assert!(package(name), "{name}");
        }
        for name in ["", "/", "a/", "/a", "a/b/c", "../a", "a/.."] {
            assert!(!package(name), "{name}");
        }
        assert_eq!(bare("acme/review"), "review");
        assert_eq!(bare("review"), "review");
    }

    #[test]
    fn steps() {
        assert_eq!(split_step("tools/lint"), Some(("tools", "lint")));
        assert_eq!(split_step("p:tools/lint"), Some(("p:tools", "lint")));
        assert_eq!(
            split_step("acme/p:tools/lint"),
            Some(("acme/p:tools", "lint"))
        );
        assert_eq!(split_step("acme/p:tools"), None);
        assert_eq!(split_step("tools"), None);
    }

    #[test]
    fn suggestions() {
        let known = ["programs", "environment", "network", "workspace"];
        assert_eq!(did_you_mean("env", known), Some("environment"));
        assert_eq!(did_you_mean("program", known), Some("programs"));
        assert_eq!(did_you_mean("colour", known), None);
    }

    proptest! {
        #[test]
        fn the_nearest_name_is_a_name(text in ".*") {
            prop_assert!(valid(&nearest(&text)));
        }
    }
}
