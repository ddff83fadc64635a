use std::path::PathBuf;

use clap::Args;

/// Check a package before it is run: nothing is started, nothing is spent
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm check .\n  cm check ./review-and-fix --json")]
pub(crate) struct Check {
    /// A package's directory, or a workflow file
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Print JSON (see `cm schema check`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the engines: installed or not, signed in or not, and how to fix it
#[derive(Args, Debug)]
pub(crate) struct Engines {
    /// Only this one
    pub(crate) engine: Option<String>,
    /// Print JSON (see `cm schema engines`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// Install a package from a directory
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm install ./review-and-fix\n  cm run review-and-fix")]
pub(crate) struct Install {
    /// The package's directory
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Replace the same version with other content, or a first-party package
    #[arg(long)]
    pub(crate) force: bool,
    /// Do not ask before a package with capabilities is installed
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// List installed and first-party packages
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Print JSON (see `cm schema list`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// Remove an installed package
#[derive(Args, Debug)]
pub(crate) struct Remove {
    /// NAME, or NAME@VERSION for one of several
    pub(crate) name: String,
}
