use std::sync::Arc;

use cm_distribution::{Name, oci::MAX_DOCUMENT_BYTES};
use hyper::{
    Method, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION},
};

use crate::{
    answer::{Answer, Making},
    fault::Fault,
    handler::{Asked, blocking},
    receive::Intake,
    route::Reference,
    tokens::Access,
};

/// `GET` and `HEAD` of a manifest.
pub(crate) async fn get(
    asked: Asked<'_>,
    name: Name,
    reference: Reference,
) -> Result<Answer, Fault> {
    asked.who.check(Access::Read, &name)?;
    let shelf = Arc::clone(asked.shelf);
    let fixed = matches!(reference, Reference::Digest(_));
    let found = blocking(move || shelf.manifest(&name, &reference)).await;
    let (document, media_type) = found?;
    let digest = document.digest.to_string();
    let tag = format!("\"{digest}\"");
    let making = Making::new(StatusCode::OK)
        .header("docker-content-digest", &digest)
        .header(ETAG, &tag)
        .header(
            CACHE_CONTROL,
            if fixed {
                "private, max-age=31536000, immutable"
            } else {
                "no-cache"
            },
        );
    if asked.header(IF_NONE_MATCH) == Some(&tag) {
        return Ok(making.status(StatusCode::NOT_MODIFIED).empty());
    }
    if asked.method == Method::HEAD {
        let length = document.bytes.len().to_string();
        let making = making.header(CONTENT_TYPE, &media_type);
        return Ok(making.header(CONTENT_LENGTH, &length).empty());
    }
    Ok(making.body(&media_type, document.bytes))
}

/// `PUT` of a manifest: something is published.
pub(crate) async fn put(
    asked: Asked<'_>,
    name: Name,
    reference: Reference,
    body: &mut Intake<'_>,
) -> Result<Answer, Fault> {
    asked.who.check(Access::Write, &name)?;
    let media_type = asked.header(CONTENT_TYPE).unwrap_or_default();
    let media_type = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned();
    let bytes = body.whole("a manifest", MAX_DOCUMENT_BYTES).await?;
    let shelf = Arc::clone(asked.shelf);
    let here = name.clone();
    let accepted = blocking(move || shelf.put(&here, &reference, &media_type, &bytes)).await?;
    let digest = accepted.digest;
    let making = Making::new(StatusCode::CREATED)
        .header(LOCATION, &format!("/v2/{name}/manifests/{digest}"))
        .header("docker-content-digest", &digest.to_string());
    // Says that there is no need for a tag that stands in for the list.
    Ok(match accepted.subject {
        Some(subject) => making.header("oci-subject", &subject.to_string()).empty(),
        None => making.empty(),
    })
}
