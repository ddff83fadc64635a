use std::collections::BTreeMap;

use cm_orchestrator::Event;
use cm_types::Digest;
use serde_json::Value;

use crate::{Blobs, JournalError};

/// The largest event, as JSON, that is kept in the database whole. Of larger ones the
/// longest texts become blobs.
pub const MAX_INLINE: usize = 64 * 1024;

/// A text that is shorter stays where it is: its reference would be no shorter.
const MIN_BLOB: usize = 1024;

/// An event as it is stored.
#[derive(Debug)]
pub(crate) struct Payload {
    /// JSON, with empty texts where the blobs belong.
    pub(crate) text: String,
    /// JSON: where (as a JSON pointer; the empty one is the whole event) which blob
    /// belongs. A list beside the payload: inside it, nothing could be told from what
    /// an event happens to say.
    pub(crate) blobs: Option<String>,
}

/// Why a stored event could not be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Damaged(String),
    Unknown(String),
    Blob(JournalError),
}

type References = BTreeMap<String, Digest>;

/// Its blobs are on disk when this returns.
pub(crate) fn encode(run: &str, event: &Event, blobs: &Blobs) -> Result<Payload, JournalError> {
    let unwritable = |error: serde_json::Error| JournalError::Unwritable {
        run: run.into(),
        what: error.to_string(),
    };
    let text = serde_json::to_string(event).map_err(unwritable)?;
    if text.len() <= MAX_INLINE {
        return Ok(Payload { text, blobs: None });
    }
    let mut value: Value = serde_json::to_value(event).map_err(unwritable)?;
    let mut texts = Vec::new();
    long_texts(&value, &mut String::new(), &mut texts);
    texts.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut references = References::new();
    let mut left = text.len();
    for (length, pointer) in texts {
        if left <= MAX_INLINE {
            break;
        }
        let Some(Value::String(place)) = value.pointer_mut(&pointer) else {
            continue;
        };
        let taken = std::mem::take(place);
        references.insert(pointer, blobs.put(taken.as_bytes())?);
        // At least this much: escapes only make it more.
        left = left.saturating_sub(length);
    }
    let mut shortened = serde_json::to_string(&value).map_err(unwritable)?;
    if shortened.len() > MAX_INLINE {
        // Many short texts: the event as a whole.
        references = References::from([(String::new(), blobs.put(text.as_bytes())?)]);
        shortened = "null".into();
    }
    Ok(Payload {
        text: shortened,
        blobs: Some(serde_json::to_string(&references).map_err(unwritable)?),
    })
}

pub(crate) fn decode(
    payload: &[u8],
    references: Option<&[u8]>,
    blobs: &Blobs,
) -> Result<Event, Unreadable> {
    let Some(references) = references else {
        return serde_json::from_slice(payload).map_err(unknown);
    };
    let damaged = |error: serde_json::Error| Unreadable::Damaged(error.to_string());
    let references: References = serde_json::from_slice(references).map_err(damaged)?;
    let mut value: Value = serde_json::from_slice(payload).map_err(damaged)?;
    for (pointer, digest) in references {
        let bytes = blobs.get(&digest).map_err(Unreadable::Blob)?;
        if pointer.is_empty() {
            return serde_json::from_slice(&bytes).map_err(unknown);
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| Unreadable::Damaged(format!("the blob {digest} is not a text")))?;
        match value.pointer_mut(&pointer) {
            Some(place) => *place = Value::String(text),
            None => return Err(Unreadable::Damaged(format!("it has no place `{pointer}`"))),
        }
    }
    serde_json::from_value(value).map_err(unknown)
}

/// The blobs that a stored event refers to.
pub(crate) fn references(json: &[u8]) -> Result<Vec<Digest>, Unreadable> {
    let references: References =
        serde_json::from_slice(json).map_err(|error| Unreadable::Damaged(error.to_string()))?;
    Ok(references.into_values().collect())
}

fn unknown(error: serde_json::Error) -> Unreadable {
    Unreadable::Unknown(error.to_string())
}

fn long_texts(value: &Value, pointer: &mut String, found: &mut Vec<(usize, String)>) {
    let length = pointer.len();
    match value {
        Value::String(text) if text.len() >= MIN_BLOB => found.push((text.len(), pointer.clone())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                long_texts(item, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                long_texts(item, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}
