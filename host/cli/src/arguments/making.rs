//! Packages that are made and handed on.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Make the directory of a new package
///
/// It passes `cm check` as it is, and can be run, published and installed at once.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm new release-notes\n  cm new my-steps --template step\n  cm new my-agent --template engine --dir engines/my-agent"
)]
pub(crate) struct New {
    /// Lowercase letters, digits and single hyphens
    pub(crate) name: String,
    /// What to begin with
    #[arg(long, short, value_enum, default_value = "workflow")]
    pub(crate) template: Template,
    /// The directory to make [default: NAME, in the current one]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Template {
    /// Agents that work one after the other: only files
    Workflow,
    /// An adapter to an AI coding agent, in Rust
    Engine,
    /// Steps in code, in Rust
    Step,
    /// A controller that answers agents in the person's place, in Rust
    Controller,
}

/// Build a package: the same files always make the same digest
///
/// Runs the command below `[build]` in its cm.toml, if there is one, in its directory;
/// makes components of core WebAssembly modules; and shows what would be published.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm build\n  cm build ./my-steps --json\n  cm build --manifest ../manifest.json"
)]
pub(crate) struct Build {
    /// The package's directory
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Write the manifest there: the bytes that a signature is about
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
    /// Print JSON (see `cm schema build`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// Write a package as one file, which can be installed anywhere
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm pack\n  cm pack ./review -o /tmp/review.tar --namespace acme"
)]
pub(crate) struct Pack {
    /// The package's directory
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// The file; it ends in `.tar` [default: NAME-VERSION.tar, here or beside the package]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The namespace in which it is published
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
}

/// Publish a package in a registry
///
/// Checks it first, and signs it with your key if you have one (see `cm keys`). A version
/// that is published never changes.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm publish --dry-run\n  cm publish ./review --namespace acme\n  cm publish --registry https://registry.example.com/team --key release\n  cm publish --no-sign --bundle ../review.sigstore.json"
)]
pub(crate) struct Publish {
    /// The package's directory
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Publish in this registry, by name or URL, in place of the default one
    #[arg(long, value_name = "REGISTRY")]
    pub(crate) registry: Option<String>,
    /// Publish it in this namespace, as NAMESPACE/NAME
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Only say what would be published, and whether it could be
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Sign with this key [default: yours, if you have one]
    #[arg(long, value_name = "NAME")]
    pub(crate) key: Option<String>,
    /// Do not sign with a key
    #[arg(long, conflicts_with = "key")]
    pub(crate) no_sign: bool,
    /// Attach this Sigstore bundle about the manifest (see `cm build --manifest`)
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
}

/// Withdraw a version that is published, or take that back
///
/// Nobody takes a withdrawn version who does not use it yet. Those who do are told.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm yank acme/review@1.2.0 --reason 'deletes the wrong files'\n  cm yank acme/review@1.2.0 --undo"
)]
pub(crate) struct Yank {
    /// NAME@VERSION or NAMESPACE/NAME@VERSION
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: String,
    /// Why, for those who use it
    #[arg(long, value_name = "TEXT", required_unless_present = "undo")]
    pub(crate) reason: Option<String>,
    /// It may be taken again
    #[arg(long)]
    pub(crate) undo: bool,
    /// In this registry, by name or URL, in place of the default one
    #[arg(long, value_name = "REGISTRY")]
    pub(crate) registry: Option<String>,
    /// Sign with this key [default: yours, if you have one]
    #[arg(long, value_name = "NAME")]
    pub(crate) key: Option<String>,
}

/// Make and show the keys that you sign packages with
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm keys new release\n  cm keys list\n  cm keys export release > release.pub"
)]
pub(crate) struct Keys {
    #[command(subcommand)]
    pub(crate) action: KeysAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysAction {
    /// Make a key
    ///
    /// A password protects its file. It is asked for, or taken from CM_KEY_PASSWORD; empty
    /// means none.
    New {
        /// What it is called on this machine
        name: String,
    },
    /// List your keys
    List {
        /// Print JSON (see `cm schema keys`)
        #[arg(long)]
        json: bool,
    },
    /// Print the public part of a key, for those who are to trust it
    Export {
        /// The key
        name: String,
    },
}
