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
