//! The OCI Distribution protocol.

use hyper::StatusCode;

use crate::{
    answer::{Answer, Making},
    fault::Fault,
    handler::Asked,
};

pub(crate) mod blobs;
pub(crate) mod lists;
pub(crate) mod manifests;
pub(crate) mod uploads;

/// `GET /v2/`: this is a registry, and you may use it.
pub(crate) fn base(asked: &Asked<'_>) -> Result<Answer, Fault> {
    asked.who.enter()?;
    Ok(Making::new(StatusCode::OK).body("application/json", "{}"))
}

/// An address with a part that cannot be.
pub(crate) fn bad(code: &'static str) -> Fault {
    let (status, message) = match code {
        "DIGEST_INVALID" => (
            StatusCode::BAD_REQUEST,
            "a digest is `sha256:` and 64 hexadecimal digits",
        ),
        "MANIFEST_UNKNOWN" => (StatusCode::NOT_FOUND, "this is neither a tag nor a digest"),
        _ => (
            StatusCode::NOT_FOUND,
            "packages are called NAMESPACE/NAME, in lowercase letters, digits and hyphens",
        ),
    };
    Fault::new(status, code, message)
}
