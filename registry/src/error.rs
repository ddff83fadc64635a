use std::{io, path::PathBuf};

use semver::Version;

use crate::{Capabilities, Kind, ManifestError};

mod help;

pub use help::grant_command;

/// Why a package may not do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Its manifest does not ask for it.
    Undeclared,
    /// The person did not give it.
    NotGranted,
    /// This rule of a policy.
    Policy(String),
}

fn wishes(capabilities: &Capabilities) -> String {
    let rows = capabilities.table().into_iter();
    rows.map(|row| row.meaning)
        .collect::<Vec<_>>()
        .join(", and to ")
}

/// Why something with packages did not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither `CODEMACHINE_HOME` nor `HOME` is set.
    #[error("there is no home directory: neither CODEMACHINE_HOME nor HOME is set")]
    NoHome,
    /// The disk said no.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried, as in "cannot …".
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A `cm.toml` cannot be read.
    #[error(transparent)]
    Manifest(#[from] Box<ManifestError>),
    /// A directory is no package.
    #[error("{} is not a package: it has neither a cm.toml nor a workflow.yaml", .path.display())]
    NotAPackage {
        /// The directory.
        path: PathBuf,
        /// A file that comes near.
        near: Option<String>,
    },
    /// A package breaks a rule.
    #[error("{package}: {message}")]
    Invalid {
        /// Its name or directory.
        package: String,
        /// Which one, with the file.
        message: String,
    },
    /// A path that does not stay in its package.
    #[error("{package}: the path `{path}` is refused: {why}")]
    Escape {
        /// The package's name.
        package: String,
        /// As it was asked for.
        path: String,
        /// The rule.
        why: &'static str,
    },
    /// A package has no such file.
    #[error("{package} has no file `{path}`")]
    NoFile {
        /// The package's name.
        package: String,
        /// As it was asked for.
        path: String,
    },
    /// A file or package is larger than the limits.
    #[error("{package}: {what} is larger than the limit of {limit}")]
    TooLarge {
        /// The package's name.
        package: String,
        /// The file, or "the package".
        what: String,
        /// With its unit.
        limit: String,
    },
    /// An installed file is not what was installed.
    #[error("{package}: {what} is not as it was when it was installed")]
    Damaged {
        /// The package's name and version.
        package: String,
        /// The file, or "the package".
        what: String,
    },
    /// The package wants another cm.
    #[error("{package} needs cm {wanted}; this is cm {have}")]
    OtherCm {
        /// The package's name.
        package: String,
        /// As its manifest says.
        wanted: String,
        /// This one.
        have: String,
    },
    /// No package of this name.
    #[error("no package `{name}` is installed")]
    NoPackage {
        /// As it was asked for.
        name: String,
        /// A name that comes near.
        near: Option<String>,
    },
    /// The package is there, but not in such a version.
    #[error("no version of `{name}` meets `{wanted}`; there is {have}")]
    NoVersion {
        /// The package's name.
        name: String,
        /// The requirement.
        wanted: String,
        /// The versions there are.
        have: String,
    },
    /// No package offers such a component.
    #[error("there is no {kind} `{name}`")]
    NoComponent {
        /// Its kind.
        kind: Kind,
        /// Its name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// Several packages offer it.
    #[error("several packages have {kind} `{name}`: {}", .packages.join(", "))]
    Ambiguous {
        /// Its kind.
        kind: Kind,
        /// Its name.
        name: String,
        /// Which packages.
        packages: Vec<String>,
    },
    /// A name or requirement that cannot be read.
    #[error("`{text}` does not name a package: {why}")]
    BadName {
        /// As it was given.
        text: String,
        /// What was expected.
        why: String,
    },
    /// A package wants what it may not have.
    #[error("the package `{package}` wants to {}{}", wishes(.capabilities), match .why {
        Denial::Undeclared => ", and does not declare that it does".to_owned(),
        Denial::NotGranted => ", which was not granted to it".to_owned(),
        Denial::Policy(rule) => format!(", which is denied by {rule}"),
    })]
    NotAllowed {
        /// The package's name.
        package: String,
        /// `NAME@VERSION` if it is installed.
        installed: Option<String>,
        /// What it may not have.
        capabilities: Box<Capabilities>,
        /// Why not.
        why: Denial,
    },
    /// A text that stands for no capabilities.
    #[error("`{text}` stands for no capability: {why}")]
    BadCapability {
        /// As it was given.
        text: String,
        /// What was expected.
        why: String,
    },
    /// The same version is installed with other content.
    #[error("{name} {version} is installed already, with other content")]
    Differs {
        /// The package's name.
        name: String,
        /// Its version.
        version: Version,
    },
    /// The name belongs to a package that is part of cm.
    #[error("`{name}` is a package that is part of cm")]
    FirstParty {
        /// The name.
        name: String,
        /// Whether it was to be removed; otherwise installed.
        remove: bool,
    },
    /// The entry in registry.json was not written by this program.
    #[error("`{name}` in {} was written by another program or another version of cm", .file.display())]
    Foreign {
        /// The entry's name.
        name: String,
        /// The registry file.
        file: PathBuf,
    },
    /// registry.json is from a newer cm.
    #[error("{} has schemaVersion {version}; this cm knows 1 and will not change it", .file.display())]
    Newer {
        /// The registry file.
        file: PathBuf,
        /// What it says.
        version: u64,
    },
    /// Another process holds the lock for long.
    #[error("another cm has been changing the packages for {seconds} s: {} is locked", .file.display())]
    Locked {
        /// The lock file.
        file: PathBuf,
        /// How long this one waited.
        seconds: u64,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.into(),
            source,
        }
    }

    pub(crate) fn invalid(package: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid {
            package: package.into(),
            message: message.into(),
        }
    }
}

impl From<ManifestError> for Error {
    fn from(error: ManifestError) -> Self {
        Self::Manifest(Box::new(error))
    }
}
