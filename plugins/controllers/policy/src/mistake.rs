//! What is wrong with a config.

use cm_sdk::controller::{Error, invalid};

/// A config that says what is not possible.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Where, for example `rules[1].when.kind`; empty for the whole config.
    pub path: String,
    /// What, and what is possible.
    pub what: String,
}

impl Mistake {
    pub(crate) fn new(path: &str, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            what: what.into(),
        }
    }
}

impl From<Mistake> for Error {
    fn from(mistake: Mistake) -> Self {
        let place = match mistake.path.as_str() {
            "" => String::new(),
            path => format!("`{path}`: "),
        };
        invalid(
            "bad-policy",
            format!(
                "The controller's config is wrong: {place}{}. Correct it under `controller: config:` in the workflow.",
                mistake.what
            ),
        )
    }
}
