use std::{collections::BTreeMap, io, path::PathBuf};

use cm_registry::Capabilities;
use semver::Version;

use crate::{Name, resolve::Conflict};

mod help;
mod make;
mod registry;
mod words;

pub use registry::RegistryError;
use words::{list, not_granted};

/// Why a package could not be made, found, fetched, kept or published.
#[derive(Debug, thiserror::Error)]
pub enum Error {
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
    /// A package on this machine.
    #[error(transparent)]
    Package(Box<cm_registry::Error>),
    /// A text that is no package's name.
    #[error("`{text}` does not name a package: {why}")]
    BadName {
        /// As it was given.
        text: String,
        /// What was expected.
        why: String,
    },
    /// Something that cannot be published as it is.
    #[error("{package} cannot be published: {why}")]
    Unfit {
        /// The package's name.
        package: String,
        /// The rule it breaks.
        why: String,
    },
    /// A component may do more than its package says.
    #[error("{package}: {component} imports `{import}`, which {kind} cannot have")]
    Imports {
        /// The package's name and version.
        package: String,
        /// The component's file.
        component: String,
        /// What it imports.
        import: String,
        /// "an engine", for example.
        kind: &'static str,
    },
    /// An artifact that is not a sound package.
    #[error("{what} is refused: {why}")]
    Refused {
        /// Which package.
        what: String,
        /// The rule it breaks.
        why: String,
    },
    /// The package wants another cm.
    #[error("{what} needs cm {wanted}; this is cm {have}")]
    OtherCm {
        /// Which package.
        what: String,
        /// As its manifest says.
        wanted: String,
        /// This one.
        have: String,
    },
    /// No package of this name.
    #[error("there is no package `{name}` in {source_name}")]
    NoPackage {
        /// As it was asked for.
        name: Name,
        /// Where it was looked for.
        source_name: String,
        /// A name that comes near.
        near: Option<String>,
    },
    /// The package is there, the version is not.
    #[error("no version of `{name}` meets `{wanted}`; {source_name} has {}", list(.have))]
    NoVersion {
        /// The package.
        name: Name,
        /// What was asked for.
        wanted: String,
        /// Where it was looked for.
        source_name: String,
        /// What there is.
        have: Vec<Version>,
    },
    /// A blob or manifest that should be there is not.
    #[error("{source_name} does not have {what}")]
    Missing {
        /// Where it was looked for.
        source_name: String,
        /// What.
        what: String,
    },
    /// Published versions do not change.
    #[error("{name} {version} is published in {source_name} already, with other content")]
    Exists {
        /// The package.
        name: Name,
        /// Its version.
        version: String,
        /// Where.
        source_name: String,
    },
    /// Bytes that are not those they should be.
    #[error("{what} from {source_name} is not what it should be: expected {expected}, got {got}")]
    Mismatch {
        /// What was read.
        what: String,
        /// From where.
        source_name: String,
        /// The digest or size it was to have.
        expected: String,
        /// The one it has.
        got: String,
    },
    /// A registry's address.
    #[error("`{url}` is not the address of a registry: {why}")]
    BadUrl {
        /// As it was given.
        url: String,
        /// What was expected.
        why: String,
    },
    /// What a registry answered in place of what was asked for.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The credentials for a registry cannot be read.
    #[error("the Docker credentials for {host} cannot be read: {why}")]
    Credentials {
        /// The registry's host.
        host: String,
        /// What is wrong.
        why: String,
    },
    /// No set of versions meets all requirements.
    #[error(transparent)]
    Conflict(Box<Conflict>),
    /// A `cm.lock` that cannot be read.
    #[error("{}{}: {why}", .path.display(), .line.map_or(String::new(), |line| format!(":{line}")))]
    LockFile {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: Option<usize>,
        /// What is wrong.
        why: String,
    },
    /// Keys, signatures, and the rules of trust.
    #[error(transparent)]
    Trust(Box<crate::trust::TrustError>),
    /// A package would get what nobody has agreed to.
    #[error("{}", not_granted(.undecided))]
    NotGranted {
        /// What was asked for, as the command line has it.
        asked: Vec<String>,
        /// By `NAME@VERSION`: whether only another one needs it, and what it asks for.
        undecided: BTreeMap<String, (bool, Capabilities)>,
    },
    /// Something odd that somebody should read first.
    #[error("{package}: {caution}")]
    Caution {
        /// The package and its version.
        package: String,
        /// What.
        caution: String,
    },
    /// A text that names nothing that could be installed.
    #[error("`{text}` cannot be used: {why}")]
    BadSpec {
        /// As it was given.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// There is no such registry.
    #[error("there is no registry `{name}`; there is {}", .known.join(", "))]
    NoRegistry {
        /// Its name.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// A git repository that could not be copied.
    #[error("the git repository {url} cannot be fetched: {why}")]
    Git {
        /// Where it is.
        url: String,
        /// What git said.
        why: String,
    },
    /// A configuration file that cannot be read.
    #[error("{}{}: {why}", .path.display(), .line.map_or(String::new(), |line| format!(":{line}")))]
    Config {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: Option<usize>,
        /// What is wrong.
        why: String,
    },
    /// A directory without a `cm.toml`.
    #[error("there is no cm.toml in {}", .0.display())]
    NoProject(PathBuf),
    /// A project does not name this package.
    #[error("{} does not name `{name}`", .file.display())]
    NotNeeded {
        /// The package.
        name: Name,
        /// The `cm.toml`.
        file: PathBuf,
        /// One that it names, and that comes near.
        near: Option<String>,
    },
    /// `cm.lock` would have to change and must not.
    #[error("cm.lock would have to change: {why}")]
    Frozen {
        /// Why.
        why: String,
    },
    /// Something is not on this machine, and nobody may be asked.
    #[error("{what} is not on this machine, and --offline asks nobody")]
    Offline {
        /// What.
        what: String,
    },
    /// Another process holds a lock for long.
    #[error("another cm has been at work for {seconds} s: {} is locked", .file.display())]
    Locked {
        /// The lock file.
        file: PathBuf,
        /// How long this one waited.
        seconds: u64,
    },
}
