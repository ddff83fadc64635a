use std::{sync::Arc, time::Duration};

use cm_distribution::Name;
use cm_types::Digest;
use hyper::{
    Method, StatusCode,
    header::{CONTENT_RANGE, LOCATION, RANGE},
};
use tokio::{sync::OwnedMutexGuard, time::timeout};

use crate::{
    answer::{Answer, Making},
    fault::Fault,
    handler::{Asked, blocking},
    receive::Intake,
    shelf::Upload,
    tokens::Access,
};

/// So much is written at once.
const CHUNK: usize = 512 << 10;
/// How long the request before may take to let go of an upload.
const PATIENCE: Duration = Duration::from_secs(2);

/// `POST` of an upload: where it goes on; or all of it, or a blob from elsewhere.
pub(crate) async fn begin(
    asked: Asked<'_>,
    name: Name,
    body: &mut Intake<'_>,
) -> Result<Answer, Fault> {
    asked.who.check(Access::Write, &name)?;
    if asked.method != Method::POST {
        return Err(Fault::unsupported("an upload begins with POST"));
    }
    if let Some(mount) = asked.query.get("mount") {
        let digest = read_digest(mount)?;
        let from: Option<Name> = asked.query.get("from").and_then(|from| from.parse().ok());
        // What one may not read is treated like what is not there.
        if let Some(from) = from.filter(|from| asked.who.may_read(from)) {
            let (shelf, to) = (Arc::clone(asked.shelf), name.clone());
            if blocking(move || shelf.mount(&from, &to, digest)).await? {
                return Ok(created(&name, digest));
            }
        }
    }
    let whole = asked.query.get("digest").map(read_digest).transpose()?;
    let (shelf, to) = (Arc::clone(asked.shelf), name.clone());
    let id = blocking(move || {
        shelf.room()?;
        shelf.uploads().begin(&to)
    })
    .await?;
    match whole {
        Some(digest) => {
            let upload = seize(&asked, &name, &id).await?;
            finish(&asked, &name, &id, upload, body, digest).await
        }
        None => Ok(state(StatusCode::ACCEPTED, &name, &id, 0)),
    }
}

/// What else is done with an upload.
pub(crate) async fn go_on(
    asked: Asked<'_>,
    name: Name,
    id: &str,
    body: &mut Intake<'_>,
) -> Result<Answer, Fault> {
    asked.who.check(Access::Write, &name)?;
    let upload = seize(&asked, &name, id).await?;
    match asked.method {
        Method::GET | Method::HEAD => Ok(state(StatusCode::NO_CONTENT, &name, id, upload.size)),
        Method::PATCH => {
            in_order(&asked, &upload)?;
            match receive(&asked, upload, body).await {
                Ok(upload) => Ok(state(StatusCode::ACCEPTED, &name, id, upload.size)),
                Err(fault) => {
                    // After a broken connection it can go on; after this it cannot.
                    if fault.status.is_server_error()
                        || fault.status == StatusCode::PAYLOAD_TOO_LARGE
                    {
                        asked.shelf.uploads().end(id);
                    }
                    Err(fault)
                }
            }
        }
        Method::PUT => {
            let digest = asked.query.get("digest").unwrap_or_default();
            let digest = read_digest(digest)?;
            in_order(&asked, &upload)?;
            finish(&asked, &name, id, upload, body, digest).await
        }
        Method::DELETE => {
            asked.shelf.uploads().end(id);
            Ok(Making::new(StatusCode::NO_CONTENT).empty())
        }
        _ => Err(Fault::unsupported(
            "an upload goes on with PATCH and ends with PUT",
        )),
    }
}

/// The upload, for this request alone.
async fn seize(asked: &Asked<'_>, name: &Name, id: &str) -> Result<OwnedMutexGuard<Upload>, Fault> {
    let upload = asked.shelf.uploads().find(id)?;
    let upload = timeout(PATIENCE, upload.lock_owned()).await.map_err(|_| {
        let message = "another request is at this upload";
        Fault::new(StatusCode::CONFLICT, "BLOB_UPLOAD_INVALID", message)
    })?;
    if upload.name == *name {
        Ok(upload)
    } else {
        Err(Fault::no_upload())
    }
}

/// Refuses a piece that is not the next one.
fn in_order(asked: &Asked<'_>, upload: &Upload) -> Result<(), Fault> {
    let Some(range) = asked.header(CONTENT_RANGE) else {
        return Ok(());
    };
    let range = range.trim_start_matches("bytes ");
    let start = range.split('-').next().and_then(|start| start.parse().ok());
    if start == Some(upload.size) {
        return Ok(());
    }
    let mut fault = Fault::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "BLOB_UPLOAD_INVALID",
        format!("the next piece begins at {}", upload.size),
    );
    fault.offset = Some(upload.size);
    Err(fault)
}

async fn finish(
    asked: &Asked<'_>,
    name: &Name,
    id: &str,
    upload: OwnedMutexGuard<Upload>,
    body: &mut Intake<'_>,
    digest: Digest,
) -> Result<Answer, Fault> {
    let received = receive(asked, upload, body).await;
    let shelf = Arc::clone(asked.shelf);
    let finished = match received {
        Ok(mut upload) => blocking(move || shelf.finish(&mut upload, digest)).await,
        Err(fault) => Err(fault),
    };
    // One that came to a wrong digest will not come to the right one.
    asked.shelf.uploads().end(id);
    finished?;
    Ok(created(name, digest))
}

/// Writes what comes. After a broken connection, what came is there.
async fn receive(
    asked: &Asked<'_>,
    mut upload: OwnedMutexGuard<Upload>,
    body: &mut Intake<'_>,
) -> Result<OwnedMutexGuard<Upload>, Fault> {
    let limit = asked.options.limits.blob_bytes;
    if body.is_empty() {
        return Ok(upload);
    }
    if body
        .announced()
        .is_some_and(|size| size.saturating_add(upload.size) > limit)
    {
        return Err(Fault::too_large("a blob", limit));
    }
    let mut waiting = Vec::new();
    loop {
        let next = body.next().await;
        if let Ok(Some(bytes)) = &next {
            waiting.extend_from_slice(bytes);
        }
        let more = matches!(next, Ok(Some(_)));
        if !waiting.is_empty() && (waiting.len() >= CHUNK || !more) {
            let bytes = std::mem::take(&mut waiting);
            upload = blocking(move || {
                upload.write(&bytes, limit)?;
                Ok(upload)
            })
            .await?;
        }
        match next {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(upload),
            Err(fault) => return Err(fault),
        }
    }
}

fn read_digest(text: &str) -> Result<Digest, Fault> {
    let wrong = "`digest` is `sha256:` and 64 hexadecimal digits";
    text.parse().map_err(|_| Fault::bad_digest(wrong))
}

fn created(name: &Name, digest: Digest) -> Answer {
    Making::new(StatusCode::CREATED)
        .header(LOCATION, &format!("/v2/{name}/blobs/{digest}"))
        .header("docker-content-digest", &digest.to_string())
        .empty()
}

fn state(status: StatusCode, name: &Name, id: &str, size: u64) -> Answer {
    Making::new(status)
        .header(LOCATION, &format!("/v2/{name}/blobs/uploads/{id}"))
        .header(RANGE, &format!("0-{}", size.saturating_sub(1)))
        .header("docker-upload-uuid", id)
        .empty()
}
