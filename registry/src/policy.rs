//! What a team or a person has decided beforehand, for all packages at once.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, de};

use crate::{Capabilities, Error, ManifestError, WorkspaceAccess, disk, names};

mod portion;

use portion::Portion;

/// A policy larger than that is none.
const MAX_BYTES: u64 = 1 << 20;

/// The rules of policy files. What any of them denies no package gets, whoever
/// granted it; what one allows need not be asked about; about the rest the person
/// decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The file it is in.
    pub file: PathBuf,
    /// Which packages it is about: a name, `NAMESPACE/*`, or `*` for all.
    pub package: String,
    /// For people.
    pub reason: String,
    allow: Capabilities,
    deny: Capabilities,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "rule")]
    rules: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(deserialize_with = "pattern")]
    package: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    allow: Portion,
    #[serde(default)]
    deny: Portion,
}

impl Policy {
    /// The name of its file, in the home and in a project's `.codemachine`.
    pub const FILE: &str = "policy.toml";

    /// Reads a file; one that is not there has no rules.
    ///
    /// `trusted` is whether what it allows counts. A project that somebody has just
    /// cloned may forbid, but must not hand out what the person was never asked for.
    pub fn read(path: &Path, trusted: bool) -> Result<Self, Error> {
        let bytes = match disk::read(path, MAX_BYTES) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                return Err(Error::io(
                    "read",
                    path,
                    std::io::ErrorKind::FileTooLarge.into(),
                ));
            }
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(Self::default());
            }
            // What forbids must not be passed over because it cannot be read.
            Err(error) => return Err(Error::io("read", path, error)),
        };
        Self::parse(path, &String::from_utf8_lossy(&bytes), trusted)
    }

    /// Reads a text; `path` is how messages call it.
    pub fn parse(path: &Path, text: &str, trusted: bool) -> Result<Self, Error> {
        let file: File = toml::from_str(text)
            .map_err(|error| ManifestError::from_toml(path.display().to_string(), text, &error))?;
        let rules = file.rules.into_iter().map(|entry| Rule {
            file: path.to_owned(),
            package: entry.package,
            reason: entry.reason,
            allow: if trusted {
                entry.allow.up_to(WorkspaceAccess::Write)
            } else {
                Capabilities::default()
            },
            // Who may not read may not write either.
            deny: entry.deny.up_to(WorkspaceAccess::Read),
        });
        Ok(Self {
            rules: rules.collect(),
        })
    }

    /// These rules and those.
    pub fn and(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        self
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What of this may be given to a package without asking.
    pub fn allowed(&self, package: &str, declared: &Capabilities) -> Capabilities {
        let mut allowed = Capabilities::default();
        for rule in self.about(package) {
            allowed = allowed.union(&declared.intersect(&rule.allow));
        }
        self.limit(package, &allowed)
    }

    /// What of this a package may have at all.
    pub fn limit(&self, package: &str, wanted: &Capabilities) -> Capabilities {
        let rules = self.about(package);
        rules.fold(wanted.clone(), |left, rule| left.without(&rule.deny))
    }

    /// The first rule that denies a package some of this.
    pub fn forbids(&self, package: &str, wanted: &Capabilities) -> Option<&Rule> {
        let mut rules = self.rules.iter();
        rules.find(|rule| rule.is_about(package) && wanted.without(&rule.deny) != *wanted)
    }

    fn about<'a>(&'a self, package: &'a str) -> impl Iterator<Item = &'a Rule> {
        self.rules.iter().filter(move |rule| rule.is_about(package))
    }
}

impl Rule {
    fn is_about(&self, package: &str) -> bool {
        match self.package.strip_suffix('*') {
            Some(start) => package.starts_with(start),
            None => self.package == package,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the rule for `{}` in {}",
            self.package,
            self.file.display()
        )?;
        if !self.reason.is_empty() {
            write!(f, " ({})", self.reason)?;
        }
        Ok(())
    }
}

fn pattern<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let text = String::deserialize(input)?;
    let name = match text.strip_suffix('*') {
        Some("") => return Ok(text),
        Some(space) => space.strip_suffix('/').is_some_and(names::valid),
        None => names::package(&text),
    };
    if name {
        Ok(text)
    } else {
        Err(de::Error::custom(format!(
            "`{text}` stands for no packages: expected NAME, NAMESPACE/NAME, NAMESPACE/* or *"
        )))
    }
}
