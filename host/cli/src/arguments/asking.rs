//! Questions about packages.

use std::path::PathBuf;

use clap::Args;
use cm_distribution::Options;

/// Where packages are looked for.
#[derive(Args, Debug)]
pub(crate) struct Looking {
    /// Look in this registry, by name or URL, in place of the default one
    #[arg(long, value_name = "REGISTRY")]
    pub(crate) registry: Option<String>,
    /// Print JSON (see `cm schema`)
    #[arg(long)]
    pub(crate) json: bool,
}

impl Looking {
    /// The same, as planning takes it.
    pub(crate) fn options(&self) -> Options {
        Options {
            registry: self.registry.clone(),
            ..Options::default()
        }
    }
}

/// List installed and first-party packages
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Print JSON (see `cm schema list`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the packages of which there is a newer version
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm outdated\n  cm outdated --json")]
pub(crate) struct Outdated {
    #[command(flatten)]
    pub(crate) looking: Looking,
}

/// Show what a package is: what it brings, may do, needs, and who has signed it
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm info acme/review\n  cm info acme/review@1.2.0 --json\n  cm info fix-tests"
)]
pub(crate) struct Info {
    /// NAME or NAME@VERSION, installed or in a registry
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) looking: Looking,
}

/// Search the registries
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm search review\n  cm search fix tests --json\n  cm search")]
pub(crate) struct Search {
    /// Words of its name or description; without any, everything is listed
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) looking: Looking,
}

/// Show what packages need, as a tree
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm tree\n  cm tree acme/review")]
pub(crate) struct Tree {
    /// Only this package
    pub(crate) name: Option<String>,
    /// Print JSON (see `cm schema tree`)
    #[arg(long)]
    pub(crate) json: bool,
    /// The project's directory, for the versions of its cm.lock [default: the current one]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// Show why a package is installed: who asked for it, and who needs it
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm why helper")]
pub(crate) struct Why {
    /// The package
    pub(crate) name: String,
    /// Print JSON (see `cm schema why`)
    #[arg(long)]
    pub(crate) json: bool,
    /// The project's directory, for the versions of its cm.lock [default: the current one]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}
