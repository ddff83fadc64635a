use std::sync::Arc;

use cm_distribution::{Name, oci};
use cm_types::Digest;
use hyper::{StatusCode, header::LINK};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, Making},
    fault::Fault,
    handler::{Asked, blocking},
    query::encoded,
    tokens::Access,
};

/// A page has at most so many entries, and as many if nothing is said.
const MAX_PAGE: usize = 1000;

/// `GET /v2/_catalog`: the packages that one may read.
pub(crate) async fn catalog(asked: Asked<'_>) -> Result<Answer, Fault> {
    asked.who.enter()?;
    let shelf = Arc::clone(asked.shelf);
    let snapshot = blocking(move || shelf.snapshot()).await?;
    let names = snapshot.names().filter(|name| asked.who.may_read(name));
    let mut names: Vec<String> = names.map(Name::to_string).collect();
    names.sort_unstable();
    let (page, link) = cut(&asked, names, "/v2/_catalog");
    linked(link).json(&json!({ "repositories": page }))
}

/// `GET /v2/NAME/tags/list`.
pub(crate) async fn tags(asked: Asked<'_>, name: Name) -> Result<Answer, Fault> {
    asked.who.check(Access::Read, &name)?;
    let shelf = Arc::clone(asked.shelf);
    let snapshot = blocking(move || shelf.snapshot()).await?;
    let tags = snapshot.tags(&name);
    let tags = tags.ok_or_else(|| Fault::no_name(&name.to_string()))?;
    let tags = tags.map(str::to_owned).collect();
    let (page, link) = cut(&asked, tags, &format!("/v2/{name}/tags/list"));
    linked(link).json(&json!({ "name": name, "tags": page }))
}

/// `GET /v2/NAME/referrers/DIGEST`: what there is about an artifact.
pub(crate) async fn referrers(
    asked: Asked<'_>,
    name: Name,
    subject: Digest,
) -> Result<Answer, Fault> {
    asked.who.check(Access::Read, &name)?;
    let shelf = Arc::clone(asked.shelf);
    let found = blocking(move || shelf.referrers(&name, subject)).await?;
    let wanted = asked.query.get("artifactType");
    let mut manifests: Vec<Value> = Vec::new();
    for (entry, known) in &found {
        if wanted.is_none_or(|wanted| wanted == known.kind) {
            let mut listed = json!({
                "mediaType": entry.media_type,
                "digest": entry.digest,
                "size": entry.size,
                "artifactType": known.kind,
            });
            if let Some(object) = listed
                .as_object_mut()
                .filter(|_| !known.annotations.is_empty())
            {
                object.insert("annotations".into(), json!(known.annotations));
            }
            manifests.push(listed);
        }
    }
    let list = json!({ "schemaVersion": 2, "mediaType": oci::INDEX, "manifests": manifests });
    let mut making = Making::new(StatusCode::OK);
    if wanted.is_some() {
        making = making.header("oci-filters-applied", "artifactType");
    }
    Ok(making.body(oci::INDEX, list.to_string()))
}

/// The part of a sorted list that was asked for with `n` and `last`, and where it
/// goes on.
fn cut(asked: &Asked<'_>, mut all: Vec<String>, path: &str) -> (Vec<String>, Option<String>) {
    if let Some(last) = asked.query.get("last") {
        all.retain(|entry| entry.as_str() > last);
    }
    let most = asked.query.number("n").unwrap_or(MAX_PAGE).min(MAX_PAGE);
    let more = all.len() > most;
    all.truncate(most);
    let link = all.last().filter(|_| more).map(|last| {
        let last = encoded(last);
        format!("<{path}?n={most}&last={last}>; rel=\"next\"")
    });
    (all, link)
}

fn linked(link: Option<String>) -> Making {
    let making = Making::new(StatusCode::OK);
    match link {
        Some(link) => making.header(LINK, &link),
        None => making,
    }
}
