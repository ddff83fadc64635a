//! What one run has finished, for another one that comes after it.

use std::collections::HashMap;

use cm_types::{Digest, Error, Outline, Placement, Reply};

use crate::TaskKey;

/// The results of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offers {
    /// Its id.
    pub run: String,
    pub(crate) results: HashMap<TaskKey, Offer>,
    /// What the workflow was told that is otherwise each time: the time, and chance.
    pub(crate) told: HashMap<(String, u32), Option<String>>,
}

/// One result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Offer {
    /// The task that it is of.
    pub(crate) task: u32,
    pub(crate) result: Result<Reply, Error>,
    pub(crate) by: Option<String>,
    pub(crate) shown: Option<Digest>,
    /// What its agent, its command or its guest has kept, which nobody will do again.
    pub(crate) kept: Vec<Keepsake>,
}

/// Something that was kept while a task was at work.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Keepsake {
    Value {
        key: String,
        value: String,
    },
    Text {
        step: String,
        name: String,
        content: String,
    },
}

/// Whether it stands at this step, or in the group of this name.
pub(crate) fn stands_in(outline: &Outline, place: &Placement, step: &str) -> bool {
    if place.step == step {
        return true;
    }
    let mut parent = place.parent.as_deref();
    // Not more often than there are groups, whatever the outline says.
    for _ in 0..=outline.steps.len() {
        match parent {
            Some(group) if group == step => return true,
            Some(group) => {
                let group = outline.steps.iter().find(|known| known.id == group);
                parent = group.and_then(|group| group.parent.as_deref());
            }
            None => return false,
        }
    }
    false
}
