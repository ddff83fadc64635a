use std::fmt;

use semver::Version;

use crate::Name;

/// One of the reasons for a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Who asks needs something.
    Asked {
        /// What.
        name: Name,
        /// In which versions.
        wanted: String,
    },
    /// A package needs something.
    Needs {
        /// Which package.
        name: Name,
        /// In which of its versions.
        versions: Vec<Version>,
        /// What it needs.
        needs: Name,
        /// In which versions.
        wanted: String,
        /// The versions there are, if none of them will do.
        have: Option<Vec<Version>>,
    },
    /// A version cannot be taken.
    Not {
        /// Of which package.
        name: Name,
        /// Which.
        version: Version,
        /// As in "it was yanked".
        why: String,
    },
    /// Nobody has such a package.
    Unknown {
        /// Its name.
        name: Name,
        /// A name that comes near.
        near: Option<String>,
    },
}

impl Fact {
    pub(super) fn show(&self, who: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Asked { name, wanted } => {
                write!(f, "{} needs `{name}` {wanted}", who)?;
            }
            Fact::Needs {
                name,
                versions,
                needs,
                wanted,
                have,
            } => {
                write!(f, "`{name}` {} needs `{needs}` {wanted}", list(versions))?;
                if let Some(have) = have {
                    write!(f, ", and there is only {}", list(have))?;
                }
            }
            Fact::Not { name, version, why } => {
                write!(f, "`{name}` {version} is passed over: {why}")?;
            }
            Fact::Unknown { name, .. } => {
                write!(f, "there is no package `{name}`")?;
            }
        }
        Ok(())
    }
}

fn list(versions: &[Version]) -> String {
    let texts: Vec<_> = versions.iter().map(Version::to_string).collect();
    match texts.as_slice() {
        [first, .., last] if texts.len() > 4 => format!("{first} to {last}"),
        texts => texts.join(", "),
    }
}
