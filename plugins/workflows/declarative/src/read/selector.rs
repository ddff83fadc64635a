use super::fields::Fields;
use crate::model::Selector;
use crate::problem::{Position, Problems};

pub(super) const KEYS: [&str; 3] = ["tracks", "conditions", "conditions-any"];

/// When something takes part. None when nothing is said of it.
pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Option<Selector> {
    KEYS.iter().find_map(|key| fields.node(key))?;
    Some(Selector {
        tracks: names(fields, "tracks", problems),
        conditions: names(fields, "conditions", problems),
        conditions_any: names(fields, "conditions-any", problems),
    })
}

/// A list of names, or one; each with its place.
pub(super) fn names(
    fields: &Fields<'_>,
    key: &str,
    problems: &mut Problems,
) -> Vec<(String, Position)> {
    let texts = fields.texts(key, problems);
    texts.iter().map(|text| (text.owned(), text.at)).collect()
}
