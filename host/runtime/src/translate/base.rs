use cm_types::{Error, Extension, Failure};

use crate::bindings::engine::cm::types::base;

impl From<base::Failure> for Failure {
    fn from(failure: base::Failure) -> Self {
        Self {
            code: failure.code,
            message: failure.message,
            retry: failure.retry,
            retry_after_ms: failure.retry_after_ms,
            details: failure.details,
        }
    }
}

impl From<Failure> for base::Failure {
    fn from(failure: Failure) -> Self {
        Self {
            code: failure.code,
            message: failure.message,
            retry: failure.retry,
            retry_after_ms: failure.retry_after_ms,
            details: failure.details,
        }
    }
}

impl From<base::Error> for Error {
    fn from(error: base::Error) -> Self {
        match error {
            base::Error::Invalid(failure) => Self::Invalid(failure.into()),
            base::Error::Denied(failure) => Self::Denied(failure.into()),
            base::Error::Missing(failure) => Self::Missing(failure.into()),
            base::Error::Unavailable(failure) => Self::Unavailable(failure.into()),
            base::Error::Exhausted(failure) => Self::Exhausted(failure.into()),
            base::Error::Cancelled => Self::Cancelled,
            base::Error::Other(failure) => Self::Other(failure.into()),
        }
    }
}

impl From<Error> for base::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(failure) => Self::Invalid(failure.into()),
            Error::Denied(failure) => Self::Denied(failure.into()),
            Error::Missing(failure) => Self::Missing(failure.into()),
            Error::Unavailable(failure) => Self::Unavailable(failure.into()),
            Error::Exhausted(failure) => Self::Exhausted(failure.into()),
            Error::Cancelled => Self::Cancelled,
            Error::Other(failure) => Self::Other(failure.into()),
        }
    }
}

impl From<base::Extension> for Extension {
    fn from(item: base::Extension) -> Self {
        Self {
            kind: item.kind,
            body: item.body,
        }
    }
}

impl From<Extension> for base::Extension {
    fn from(item: Extension) -> Self {
        Self {
            kind: item.kind,
            body: item.body,
        }
    }
}
