use std::path::PathBuf;

use super::Refusal;

/// What goes wrong with keys, signatures and trust.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The rules of trust say no.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// A text that names no signer.
    #[error("`{text}` does not name a signer: {why}")]
    BadSigner {
        /// As it was given.
        text: String,
        /// What was expected.
        why: String,
    },
    /// A key that cannot be made or used.
    #[error("the key `{name}` {why}")]
    Key {
        /// Its name.
        name: String,
        /// What is wrong, as in "the key … is not there".
        why: String,
        /// What to do.
        help: String,
    },
    /// A `trust.json` or kept evidence that cannot be read.
    #[error("{} cannot be read: {why}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A statement that would not be believed, or none at all.
    #[error("the {kind} cannot be attached: {why}")]
    BadStatement {
        /// "yank", for example.
        kind: &'static str,
        /// The rule it breaks.
        why: String,
    },
}

impl TrustError {
    /// A stable name in kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::BadSigner { .. } => "signer-name",
            Self::Key { .. } => "signing-key",
            Self::File { .. } => "trust-file",
            Self::BadStatement { .. } => "bad-statement",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.help(),
            Self::BadSigner { .. } => {
                "copy it from the publisher, from `cm keys list` or from `cm info NAME`".into()
            }
            Self::Key { help, .. } => help.clone(),
            Self::File { path, .. } => format!(
                "restore {0} from a backup. Only if there is none, move it away with \
                 `mv {0} {0}.broken`: who signed your packages is then learned anew",
                path.display()
            ),
            Self::BadStatement { .. } => "mend it, then run the command again".into(),
        }
    }
}

impl From<TrustError> for crate::Error {
    fn from(error: TrustError) -> Self {
        Self::Trust(Box::new(error))
    }
}

impl From<Box<Refusal>> for crate::Error {
    fn from(refusal: Box<Refusal>) -> Self {
        TrustError::Refused(refusal).into()
    }
}
