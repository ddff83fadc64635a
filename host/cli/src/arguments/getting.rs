//! Packages that come, stay and go.

use std::path::PathBuf;

use clap::Args;
use cm_distribution::{Choice, Choices, Name, Options, Spec};

/// How packages are changed.
#[derive(Args, Debug)]
pub(crate) struct Changing {
    /// Look in this registry, by name or URL, in place of the default one
    #[arg(long, value_name = "REGISTRY")]
    pub(crate) registry: Option<String>,
    /// Give a package this, for example `programs=git,make` or `workspace=read`; for one that
    /// is only needed `NAME:programs=git`; everything with `all`
    #[arg(long, value_name = "CAPABILITY")]
    pub(crate) grant: Vec<Choice>,
    /// Do not give a package this, whatever it asks for
    #[arg(long, value_name = "CAPABILITY")]
    pub(crate) deny: Vec<Choice>,
    /// Agree to everything that is asked for, without being asked
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Go on where something is odd: a name like another one, a package from another place
    #[arg(long)]
    pub(crate) accept_cautions: bool,
    /// Take prereleases too
    #[arg(long)]
    pub(crate) pre: bool,
    /// Use only what is on this machine
    #[arg(long)]
    pub(crate) offline: bool,
    /// Only show what would change
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl Changing {
    /// The same, as planning takes it.
    pub(crate) fn options(&self) -> Options {
        Options {
            offline: self.offline,
            registry: self.registry.clone(),
            choices: Choices {
                all: false,
                grant: self.grant.clone(),
                deny: self.deny.clone(),
            },
            prereleases: self.pre,
            accept_cautions: self.accept_cautions,
            ..Options::default()
        }
    }
}

/// Install packages: from a registry, a directory, a file or a git repository
///
/// Without a name it installs what the cm.toml of the current directory depends on, in the
/// versions of its cm.lock.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm install acme/review\n  cm install acme/review@^1.2 --grant programs=git\n  cm install ./review-and-fix\n  cm install review.tar\n  cm install oci://registry.example.com/acme/review:1.2.0\n  cm install git+https://example.com/review.git#v1.2.0\n  cm install --locked"
)]
pub(crate) struct Install {
    /// NAME, NAME@REQUIREMENT, oci://ADDRESS:VERSION, a directory, a .tar, or git+URL#REVISION
    #[arg(value_name = "PACKAGE")]
    pub(crate) packages: Vec<Spec>,
    /// Take cm.lock as it is; it is an error if it does not fit cm.toml
    #[arg(long, conflicts_with = "packages")]
    pub(crate) locked: bool,
    /// Replace the same version with other content, or a first-party package
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) changing: Changing,
    /// The project's directory, for an install without names [default: the current one]
    #[arg(long, value_name = "DIR", conflicts_with = "packages")]
    pub(crate) dir: Option<PathBuf>,
}

/// Add packages to the cm.toml of this project, and install them
///
/// Versions are written into cm.lock; commit both files, and `cm install --locked` gives
/// everybody the same.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm add acme/review\n  cm add acme/review@^1.2 helper")]
pub(crate) struct Add {
    /// NAME or NAME@REQUIREMENT
    #[arg(value_name = "PACKAGE", required = true)]
    pub(crate) packages: Vec<Spec>,
    #[command(flatten)]
    pub(crate) changing: Changing,
    /// The project's directory [default: the current one]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// Bring packages up to date: all that were installed by name, or those that are named
#[derive(Args, Debug)]
#[command(
    after_help = "What a new version could do and the old one could not is asked about first.\n\nExamples:\n  cm update\n  cm update acme/review --dry-run\n  cm update --project"
)]
pub(crate) struct Update {
    /// Only these
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<Name>,
    /// Those of this project: its cm.lock is written anew
    #[arg(long)]
    pub(crate) project: bool,
    #[command(flatten)]
    pub(crate) changing: Changing,
    /// The project's directory [default: the current one]
    #[arg(long, value_name = "DIR", requires = "project")]
    pub(crate) dir: Option<PathBuf>,
}

/// Remove an installed package
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm remove acme/review\n  cm remove acme/review@1.0.0\n  cm remove acme/review --project"
)]
pub(crate) struct Remove {
    /// NAME, or NAME@VERSION for one of several
    pub(crate) name: String,
    /// Take it out of the cm.toml and cm.lock of this project; it stays installed
    #[arg(long)]
    pub(crate) project: bool,
    /// Also when a run that is not over uses it
    #[arg(long, conflicts_with = "project")]
    pub(crate) force: bool,
    /// The project's directory [default: the current one]
    #[arg(long, value_name = "DIR", requires = "project")]
    pub(crate) dir: Option<PathBuf>,
}
