use std::{io, net::SocketAddr, path::PathBuf};

/// Why a registry cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Anybody could write to it.
    #[error("{address} can be reached from other machines, and there are no tokens")]
    Unguarded {
        /// Where it was to listen.
        address: SocketAddr,
    },
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The disk said no.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried, as in "cannot …".
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of tokens that cannot be used.
    #[error("{}: {why}", .path.display())]
    Tokens {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        why: String,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.into(),
            source,
        }
    }

    /// A stable name in kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unguarded { .. } => "unguarded-registry",
            Self::Listen { .. } => "cannot-listen",
            Self::Io { .. } => "disk",
            Self::Tokens { .. } => "token-file",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Unguarded { .. } => {
                "give it tokens with --token-file FILE, or listen on 127.0.0.1 and put a proxy \
                 with HTTPS in front"
            }
            Self::Listen { source, .. } => match source.kind() {
                io::ErrorKind::AddrInUse => {
                    "another program listens there; choose another port, or 0 for any that is free"
                }
                io::ErrorKind::PermissionDenied => "choose a port from 1024 on",
                io::ErrorKind::AddrNotAvailable => "choose an address of this machine",
                _ => return None,
            },
            Self::Io { .. } => return None,
            Self::Tokens { .. } => {
                "each token is a table `[[tokens]]` with `name`, `sha256` (of the token: \
                 `printf %s TOKEN | sha256sum`), `access` (\"read\" or \"write\") and, to bound \
                 it, `namespaces`"
            }
        };
        Some(text.to_owned())
    }
}
