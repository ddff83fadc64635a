use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// What a package is called where it is published: `NAMESPACE/NAME`, or `NAME`
/// alone.
///
/// A name without a namespace never falls back on one with: whoever could put a
/// package into another namespace could otherwise take its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// A name without a namespace.
    pub fn bare(name: &str) -> Result<Self, Error> {
        Self::new(None, name)
    }

    /// A name in a namespace.
    pub fn within(namespace: &str, name: &str) -> Result<Self, Error> {
        Self::new(Some(namespace), name)
    }

    fn new(namespace: Option<&str>, name: &str) -> Result<Self, Error> {
        let wrong = namespace
            .into_iter()
            .chain([name])
            .find(|part| !cm_registry::is_name(part));
        let text = namespace.map_or(name.to_owned(), |space| format!("{space}/{name}"));
        match wrong {
            Some(part) => Err(Error::BadName {
                text,
                why: format!("`{part}` is not {}", cm_registry::NAME_RULE),
            }),
            None => Ok(Self(text)),
        }
    }

    /// The part before the slash.
    pub fn namespace(&self) -> Option<&str> {
        self.0.split_once('/').map(|(namespace, _)| namespace)
    }

    /// The package's own name, as in its manifest.
    pub fn package(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once('/') {
            Some((namespace, name)) => Self::within(namespace, name),
            None => Self::bare(text),
        }
    }
}

impl TryFrom<String> for Name {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for text in ["claude", "acme/review-and-fix"] {
            assert_eq!(text.parse::<Name>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "/",
            "a/",
            "/a",
            "a/b/c",
            "A",
            "..",
            "a/..",
            "a b",
            "acme/clаude",
        ] {
            assert!(text.parse::<Name>().is_err(), "{text:?}");
        }
    }
}
