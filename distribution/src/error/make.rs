use std::{io, path::PathBuf};

use super::Error;

impl Error {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.into(),
            source,
        }
    }

    pub(crate) fn refused(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Refused {
            what: what.into(),
            why: why.into(),
        }
    }
}

impl From<cm_registry::Error> for Error {
    fn from(error: cm_registry::Error) -> Self {
        Self::Package(Box::new(error))
    }
}
