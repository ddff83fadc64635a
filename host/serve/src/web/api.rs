//! `GET /api/search?q=WORDS&n=MOST`, for programs.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::search::{Listed, search};
use crate::{
    answer::{Answer, Making},
    fault::Fault,
    handler::Asked,
};

/// An answer has at most so many packages.
const MOST: usize = 200;

pub(crate) async fn search_packages(asked: Asked<'_>) -> Result<Answer, Fault> {
    let text = asked.query.get("q").unwrap_or_default().to_owned();
    let most = asked.query.number("n").unwrap_or(50).min(MOST);
    let found = search(&asked, &text).await?;
    let packages: Vec<Value> = found.iter().take(most).map(entry).collect();
    Making::new(StatusCode::OK).json(&json!({
        "schemaVersion": 1,
        "query": text,
        "total": found.len(),
        "packages": packages,
    }))
}

fn entry(listed: &Listed) -> Value {
    let package = listed.facts.package.as_ref();
    let components = package.map(|about| &about.manifest.components);
    let kinds: Vec<String> = components
        .into_iter()
        .flatten()
        .map(|component| component.kind.to_string())
        .collect();
    json!({
        "name": listed.name,
        "version": listed.version.to_string(),
        "digest": listed.digest,
        "description": listed.description(),
        "license": package.and_then(|about| about.manifest.package.license.as_deref()),
        "components": kinds,
        "capabilities": package.map(|about| &about.manifest.capabilities),
    })
}
