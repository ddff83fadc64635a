//! What a step and what it gives are called.

use super::fields::{Fields, short};
use super::word;
use crate::problem::{Position, Problems};

/// The step's id: what is written, else what it does.
pub(super) fn id(
    fields: &Fields<'_>,
    default: Option<String>,
    at: Position,
    problems: &mut Problems,
) -> String {
    if fields.node("id").is_some() {
        let Some(id) = fields.text("id", problems) else {
            return String::new();
        };
        if !word::is_name(id.text) {
            problems.error(
                id.at,
                format!("`{}` cannot be an id", short(id.text)),
                word::NAME_HELP,
            );
        } else {
            return id.owned();
        }
        return String::new();
    }
    default.unwrap_or_else(|| {
        problems.error(
            at,
            "this step needs an `id`",
            "none can be made of what it does",
        );
        String::new()
    })
}

/// Names under which the step's output is kept.
pub(super) fn save(fields: &Fields<'_>, problems: &mut Problems) -> Vec<String> {
    let mut names = Vec::new();
    for name in fields.texts("save", problems) {
        if word::is_file_name(name.text) {
            names.push(name.owned());
        } else {
            problems.error(
                name.at,
                format!("`{}` cannot be the name of an artifact", short(name.text)),
                "a file's name without a path, like `report.md`",
            );
        }
    }
    names
}
