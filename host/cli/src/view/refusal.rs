//! What the driver notes when it cannot do what somebody said.

use cm_types::Extension;
use serde_json::Value;

use super::text;

/// Why, and who had said it; none when it is another note.
pub(crate) fn of(item: &Extension) -> Option<(String, String)> {
    if item.kind != "refused" {
        return None;
    }
    let body: Value = serde_json::from_str(&item.body).unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let why = match word(&body["why"]) {
        why if why.is_empty() => item.body.clone(),
        why => why,
    };
    Some((text::one_line(&why, 400), word(&body["message"]["by"])))
}
