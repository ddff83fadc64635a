//! Where packages come from.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

/// Say where packages come from, sign in there, or serve a registry to a team
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm registry list\n  cm registry add team https://registry.example.com/team --namespace acme\n  cm registry login team\n  cm registry token ci --file tokens.toml --write --namespace acme\n  cm registry serve ./packages --token-file tokens.toml"
)]
pub(crate) struct Registry {
    #[command(subcommand)]
    pub(crate) action: RegistryAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RegistryAction {
    /// List the registries that are known here
    List {
        /// Print JSON (see `cm schema registries`)
        #[arg(long)]
        json: bool,
    },
    Add(AddRegistry),
    /// Forget a registry; what was installed from it stays
    Remove {
        /// What it is called here
        name: String,
    },
    /// Look there for every package whose namespace has no registry of its own
    Default {
        /// What it is called here
        name: String,
    },
    Login(Login),
    Serve(Serve),
    Token(MakeToken),
}

/// Add a registry, or change it
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm registry add team https://registry.example.com/team --namespace acme\n  cm registry add mirror ./packages --cooldown-days 0 --default"
)]
pub(crate) struct AddRegistry {
    /// What it is to be called here
    pub(crate) name: String,
    /// Its URL, or a directory
    #[arg(value_name = "URL")]
    pub(crate) address: String,
    /// Look there for the packages of this namespace
    #[arg(long = "namespace", value_name = "NAMESPACE")]
    pub(crate) namespaces: Vec<String>,
    /// Take new versions from there after so many days, and not after three
    #[arg(long, value_name = "DAYS")]
    pub(crate) cooldown_days: Option<u32>,
    /// Look there for all packages whose namespace has no registry of its own
    #[arg(long)]
    pub(crate) default: bool,
}

/// Sign in at a registry
///
/// The password is asked for, and never part of the command line. The registry is asked
/// whether it takes it; then it is kept where Docker keeps it: by the program that its
/// configuration names, else in ~/.docker/config.json. For a registry of `cm registry
/// serve` the password is a token, and the user may be anything.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm registry login team\n  cm registry login registry.example.com --user ada\n  cm registry login team --password-stdin < token.txt"
)]
pub(crate) struct Login {
    /// The registry, by name, URL or host
    #[arg(value_name = "REGISTRY")]
    pub(crate) registry: String,
    /// Who you are there [default: asked for; `token` with --password-stdin]
    #[arg(long, short)]
    pub(crate) user: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// Serve a directory as a registry, with web pages
///
/// Any OCI client can use it. It ends with Ctrl-C. Without tokens it listens on this
/// machine alone, and whoever gets there may publish. Without a directory it shows your
/// own local registry, for reading only.
///
/// cm talks plain HTTP only to its own machine: for others, put a proxy with HTTPS in
/// front, and name its address with --public-url.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm registry serve\n  cm registry serve ./packages\n  cm registry serve /srv/packages --token-file /srv/tokens.toml --public-url https://packages.example.com"
)]
pub(crate) struct Serve {
    /// The directory, in the form of an OCI image layout; it is made if need be
    pub(crate) directory: Option<PathBuf>,
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5000")]
    pub(crate) listen: SocketAddr,
    /// Who may do what (see `cm registry token`); read once
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Reading needs no token
    #[arg(long, requires = "token_file")]
    pub(crate) anonymous_read: bool,
    /// Nobody may publish
    #[arg(long)]
    pub(crate) read_only: bool,
    /// The address that people reach it by
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

/// Make a token for a registry that you serve
///
/// Prints it, once: the file keeps only its digest. To take a token back, remove its
/// lines from the file; the server reads the file when it starts.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm registry token ada --file tokens.toml\n  cm registry token ci --file tokens.toml --write --namespace acme"
)]
pub(crate) struct MakeToken {
    /// Whose it is
    pub(crate) name: String,
    /// The file to add it to; it is made if need be
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// It is for publishing, too
    #[arg(long)]
    pub(crate) write: bool,
    /// It is for this namespace only
    #[arg(long = "namespace", value_name = "NAMESPACE")]
    pub(crate) namespaces: Vec<String>,
}

/// Copy packages, with all that they need and their signatures, into a directory
///
/// The directory is a registry of its own, for machines without a network.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm mirror acme/review --to ./packages\n  cm mirror acme/review@^1.2 acme/notes --to /media/usb/packages --registry team"
)]
pub(crate) struct Mirror {
    /// NAME or NAME@REQUIREMENT
    #[arg(value_name = "PACKAGE", required = true)]
    pub(crate) packages: Vec<String>,
    /// The directory; it is made if need be
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// Look in this registry, by name or URL, in place of the default one
    #[arg(long, value_name = "REGISTRY")]
    pub(crate) registry: Option<String>,
}

/// Show how much is kept, or remove what nothing needs
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm cache\n  cm cache gc\n  cm cache gc --keep ../other/cm.lock"
)]
pub(crate) struct Cache {
    #[command(subcommand)]
    pub(crate) action: Option<CacheAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheAction {
    /// Remove downloads that belong to nothing that is installed or locked
    ///
    /// What the cm.lock of the current directory names is kept too. Whatever is needed
    /// again later is downloaded again. Projects that are gone are forgotten.
    Gc {
        /// Keep what this cm.lock names
        #[arg(long, value_name = "FILE")]
        keep: Vec<PathBuf>,
    },
}
