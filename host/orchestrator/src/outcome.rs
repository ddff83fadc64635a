//! `Result<Reply, Error>` as `{"ok": …}` or `{"err": …}`.

use cm_types::{Error, Reply};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    Ok(Reply),
    Err(Error),
}

pub(crate) fn serialize<S: Serializer>(
    result: &Result<Reply, Error>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match result.clone() {
        Ok(reply) => Outcome::Ok(reply),
        Err(error) => Outcome::Err(error),
    }
    .serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Result<Reply, Error>, D::Error> {
    Ok(match Outcome::deserialize(deserializer)? {
        Outcome::Ok(reply) => Ok(reply),
        Outcome::Err(error) => Err(error),
    })
}
