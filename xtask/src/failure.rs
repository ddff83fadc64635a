use std::path::PathBuf;

/// Why a command of the build did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A program ended badly.
    #[error("`{line}` failed ({status}){output}")]
    Program {
        line: String,
        status: String,
        /// The end of what it printed, with a newline before it; may be empty.
        output: String,
    },
    /// A program could not be started.
    #[error("cannot start `{program}`: {source}")]
    Start {
        program: String,
        source: std::io::Error,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A registry cannot be reached, or a program to ask it with is missing.
    #[error("{0}")]
    Unreachable(String),
    /// Something is not as it must be; the sentence says what and what to do.
    #[error("{0}")]
    Wrong(String),
}

/// What a command of the build gives.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Gives an I/O error its path.
pub(crate) trait At<T> {
    fn at(self, path: impl Into<PathBuf>) -> Outcome<T>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, path: impl Into<PathBuf>) -> Outcome<T> {
        self.map_err(|source| Failure::File {
            path: path.into(),
            source,
        })
    }
}
