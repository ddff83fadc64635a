use std::str::FromStr;

use cm_registry::{Capabilities, Grants};

use crate::{Error, Name};

/// What is granted and denied beforehand, as by `--grant` and `--deny`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Everything that is asked for.
    pub all: bool,
    /// What is given.
    pub grant: Vec<Choice>,
    /// What is not.
    pub deny: Vec<Choice>,
}

/// `[PACKAGE:]CAPABILITY=VALUES`, or `all`. Without a package it is about those that
/// were asked for, not about what they need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Which package.
    pub package: Option<Name>,
    /// What; none for all.
    pub capabilities: Option<Capabilities>,
}

impl FromStr for Choice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // A host may have a colon too, but behind the sign.
        let before = text.split('=').next().unwrap_or(text);
        let (package, rest) = match before.split_once(':') {
            Some((package, _)) => (
                Some(package.parse()?),
                text.get(package.len() + 1..).unwrap_or_default(),
            ),
            None => (None, text),
        };
        let capabilities = match rest {
            "all" => None,
            rest => Some(some(rest)?),
        };
        Ok(Self {
            package,
            capabilities,
        })
    }
}

/// A choice about nothing is a slip of the hand.
fn some(text: &str) -> Result<Capabilities, Error> {
    let capabilities: Capabilities = text.parse()?;
    if capabilities.is_empty() {
        return Err(cm_registry::Error::BadCapability {
            text: text.to_owned(),
            why: "it says nothing".into(),
        }
        .into());
    }
    Ok(capabilities)
}

impl Choices {
    /// Applies them to what a package is given.
    pub(super) fn apply(&self, name: &Name, asked: bool, declared: &Capabilities, to: &mut Grants) {
        let about = |choice: &&Choice| match &choice.package {
            Some(package) => package == name,
            None => asked,
        };
        for choice in self.grant.iter().filter(about) {
            to.grant(choice.capabilities.as_ref().unwrap_or(declared));
        }
        for choice in self.deny.iter().filter(about) {
            to.deny(choice.capabilities.as_ref().unwrap_or(declared));
        }
        if self.all {
            let rest = to.undecided(declared);
            to.grant(&rest);
        }
    }

    /// The packages that are named and not among these.
    pub(super) fn strangers<'a>(&'a self, known: impl Fn(&Name) -> bool + 'a) -> Option<&'a Name> {
        let all = self.grant.iter().chain(&self.deny);
        all.filter_map(|choice| choice.package.as_ref())
            .find(|name| !known(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let choice = |text: &str| text.parse::<Choice>().unwrap();
        let plain = choice("programs=git,make");
        assert_eq!(
            (plain.package, plain.capabilities.unwrap().programs),
            (None, vec!["git".into(), "make".into()])
        );
        let named = choice("acme/x:network=localhost:80");
        assert_eq!(named.package.unwrap().to_string(), "acme/x");
        assert_eq!(named.capabilities.unwrap().network, ["localhost:80"]);
        assert_eq!(choice("network=localhost:80").package, None);
        assert_eq!(choice("x:all").capabilities, None);
        for text in ["", "git", "programms=git", "X:all", "workspace=delete"] {
            assert!(text.parse::<Choice>().is_err(), "{text}");
        }
    }
}
