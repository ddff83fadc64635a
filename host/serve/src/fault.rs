//! What is answered to a request that cannot be done.

use cm_types::Digest;
use hyper::StatusCode;

/// Why a request cannot be done, as the protocol says it.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    /// One of the codes of the OCI specification, where one fits.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// For those who run the registry, not for those who ask.
    pub(crate) log: Option<String>,
    /// How much of an upload is there, where that is the matter.
    pub(crate) offset: Option<u64>,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            log: None,
            offset: None,
        }
    }

    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
    }

    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "DENIED", message)
    }

    pub(crate) fn misdirected() -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "DENIED",
            "this registry has no tokens and answers only as localhost",
        )
    }

    pub(crate) fn no_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NAME_INVALID",
            "there is nothing here",
        )
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", message)
    }

    pub(crate) fn no_name(name: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NAME_UNKNOWN",
            format!("there is no package `{name}`"),
        )
    }

    pub(crate) fn no_manifest(reference: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "MANIFEST_UNKNOWN",
            format!("there is no manifest {reference}"),
        )
    }

    pub(crate) fn no_blob(digest: Digest) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "BLOB_UNKNOWN",
            format!("there is no blob {digest}"),
        )
    }

    pub(crate) fn no_upload() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "BLOB_UPLOAD_UNKNOWN",
            "there is no such upload; begin it again",
        )
    }

    pub(crate) fn bad_digest(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message)
    }

    pub(crate) fn bad_manifest(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message)
    }

    pub(crate) fn too_large(what: &str, limit: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "SIZE_INVALID",
            format!("{what} has at most {limit} bytes"),
        )
    }

    pub(crate) fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", message)
    }

    pub(crate) fn slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "BLOB_UPLOAD_INVALID",
            "what you send comes too slowly",
        )
    }

    /// Ours, not theirs. What happened stays here: it may name what is private.
    pub(crate) fn inside(what: impl std::fmt::Display) -> Self {
        let mut fault = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN",
            "the registry has a fault; who runs it finds more in its log",
        );
        fault.log = Some(what.to_string());
        fault
    }

    pub(crate) fn disk(action: &str, error: &std::io::Error) -> Self {
        let mut fault = Self::inside(format!("cannot {action}: {error}"));
        if error.kind() == std::io::ErrorKind::StorageFull {
            fault.status = StatusCode::INSUFFICIENT_STORAGE;
            fault.message = "the registry's disk is full".into();
        }
        fault
    }

    /// As the OCI specification writes it.
    pub(crate) fn json(&self) -> Vec<u8> {
        let body = serde_json::json!({
            "errors": [{ "code": self.code, "message": self.message, "detail": null }]
        });
        body.to_string().into_bytes()
    }
}

impl From<cm_distribution::Error> for Fault {
    fn from(error: cm_distribution::Error) -> Self {
        Self::inside(error)
    }
}
