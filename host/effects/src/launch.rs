use std::{ffi::OsString, path::PathBuf, time::Duration};

use crate::Recording;

/// A program to start, and how far it may go.
#[derive(Debug)]
pub struct Launch {
    /// Its name on the PATH of `environment`, or a path (taken from `directory` when
    /// it is relative).
    pub program: String,
    /// Its arguments, without its own name.
    pub arguments: Vec<String>,
    /// All that it sees of the environment; [`crate::environment::filtered`] makes
    /// one. A mark is added, by which [`crate::sweep`] knows it again.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it works.
    pub directory: PathBuf,
    /// What it reads.
    pub stdin: Stdin,
    /// When it is stopped.
    pub limits: Limits,
    /// Where its output is written down.
    pub recording: Option<Recording>,
}

/// What a program reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stdin {
    /// Nothing: `/dev/null`.
    #[default]
    Null,
    /// This text, and then the end. A program that does not read it all is no error.
    Text(String),
    /// What [`crate::Process::write`] sends, until [`crate::Process::close_stdin`].
    Open,
}

/// When a program is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// After this long, whatever it does.
    pub wall: Option<Duration>,
    /// After this long without output. Time in which nobody asks for output does
    /// not count, and a `write` starts it anew.
    pub idle: Option<Duration>,
    /// After this much output on both channels together. Exactly this much is
    /// delivered, then the program is killed.
    pub output_bytes: u64,
    /// How long it has to end by itself once it was told to.
    pub grace: Duration,
    /// It comes to its end by itself, soon, and does harm when it is stopped in the middle:
    /// as git, which would leave its locks behind. So it goes on when it is let go of or
    /// `cm` dies, and has `grace` for that.
    pub finishes: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: None,
            idle: None,
            output_bytes: 256 * 1024 * 1024,
            grace: Duration::from_secs(5),
            finishes: false,
        }
    }
}
