//! Whom packages are taken from.

use clap::{Args, Subcommand};
use cm_distribution::{Name, trust::Signer};
use cm_types::Digest;

/// Say whom you take packages from
///
/// Who has signed the first version that you install of a package has to sign the next
/// ones, too. These commands are for when that is not right.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm trust list\n  cm trust accept acme/review --signer minisign:RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n  cm trust namespace acme --own\n  cm trust forget acme/review"
)]
pub(crate) struct Trust {
    #[command(subcommand)]
    pub(crate) action: TrustAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrustAction {
    /// List who signs what
    List {
        /// Print JSON (see `cm schema trust`)
        #[arg(long)]
        json: bool,
    },
    Accept(Accept),
    Forget(Forget),
    Namespace(Namespace),
}

/// Take a package from one more signer, or exactly one version of it
///
/// Ask its publisher first, in another way than the registry.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm trust accept acme/review --signer minisign:RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n  cm trust accept acme/review --digest sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["digest", "signer"]))]
pub(crate) struct Accept {
    /// NAME or NAMESPACE/NAME
    pub(crate) name: Name,
    /// The version with this digest, whoever has signed it
    #[arg(long)]
    pub(crate) digest: Option<Digest>,
    /// Every version that is signed by this one
    #[arg(long)]
    pub(crate) signer: Option<Signer>,
}

/// Forget who signs a package: who signs the next version that you install counts then
#[derive(Args, Debug)]
pub(crate) struct Forget {
    /// NAME or NAMESPACE/NAME
    pub(crate) name: Name,
    /// Only this signer
    #[arg(long)]
    pub(crate) signer: Option<Signer>,
}

/// Say what holds for all packages of a namespace, or show it
///
/// What is said takes the place of what held before.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm trust namespace acme\n  cm trust namespace acme --own\n  cm trust namespace acme --signer minisign:RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n  cm trust namespace acme --forget"
)]
pub(crate) struct Namespace {
    /// The namespace
    pub(crate) namespace: String,
    /// It is yours: new versions are taken at once
    #[arg(long)]
    pub(crate) own: bool,
    /// Its packages have to be signed by this one, or another one that is named
    #[arg(long = "signer", value_name = "SIGNER")]
    pub(crate) signers: Vec<Signer>,
    /// Nothing holds for it any more
    #[arg(long, conflicts_with_all = ["own", "signers"])]
    pub(crate) forget: bool,
}

/// Ask the registries about what is installed: withdrawn, faulty, signed by others?
///
/// Ends with 1 when something is wrong, or cannot be found out.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm audit\n  cm audit --json")]
pub(crate) struct Audit {
    /// Print JSON (see `cm schema audit`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// Read installed packages again: every file, every download, every signature
///
/// Ends with 1 when something is not as it was installed.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm verify\n  cm verify acme/review --offline")]
pub(crate) struct Verify {
    /// NAME or NAME@VERSION; without any, all that are installed
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Ask no registry for signatures: those that were kept have to do
    #[arg(long)]
    pub(crate) offline: bool,
    /// Print JSON (see `cm schema verify`)
    #[arg(long)]
    pub(crate) json: bool,
}
