use std::path::PathBuf;

use clap::{Args, Subcommand};

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

/// List the engines: found where, which version, tested or not, signed in or not
///
/// Asks the programs that are installed, all at the same time; nothing is spent and nobody
/// is signed in by it.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  cm engines\n  cm engines claude\n  cm engines login claude"
)]
pub(crate) struct Engines {
    #[command(subcommand)]
    pub(crate) action: Option<EnginesAction>,
    /// Only this one, with all there is to know of it
    pub(crate) engine: Option<String>,
    /// Print JSON (see `cm schema engines`)
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EnginesAction {
    Login(LoginEngine),
}

/// Sign in to an engine's program, in the program's own way
///
/// Starts the login of the program at this terminal. It keeps what it is given where it
/// always does; for an engine with a home of its own, there.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm engines login claude")]
pub(crate) struct LoginEngine {
    /// The engine
    pub(crate) engine: String,
    /// Handed to the program as they are
    #[arg(
        value_name = "ARGUMENTS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) arguments: Vec<String>,
}
