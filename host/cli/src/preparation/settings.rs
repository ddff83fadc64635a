//! What a workflow may know of its surroundings.

use std::collections::BTreeMap;

use crate::{person, view::figures};

/// Kept in the journal, so that it is the same after days.
pub(crate) fn usual(project_name: String) -> BTreeMap<String, String> {
    let now_ms = cm_effects::timer::now_ms();
    let moment = figures::moment(now_ms);
    let date = moment.split(' ').next().unwrap_or_default().to_owned();
    BTreeMap::from([
        ("project_name".to_owned(), project_name),
        ("user_name".to_owned(), person::name()),
        ("date".to_owned(), date),
        ("datetime".to_owned(), moment),
        ("timestamp".to_owned(), now_ms.to_string()),
    ])
}
