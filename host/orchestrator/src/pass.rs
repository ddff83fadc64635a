use std::collections::HashMap;

use cm_types::Digest;

/// How far one guest is in asking, since it last began from its start. This is what
/// tells the second request for the same thing from the first one, repeated.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    requests: HashMap<Digest, u32>,
    turns: HashMap<String, u32>,
    observations: HashMap<String, u32>,
    /// How many values it has set.
    pub(crate) writes: u32,
    /// How many texts it has kept.
    pub(crate) saves: u32,
    /// How many marks it has made.
    pub(crate) marks: u32,
    /// It has set, kept or marked something that the journal does not have at this
    /// place: the workflow was edited, or a result is new. From here on what it does
    /// is appended, not compared.
    pub(crate) diverged: bool,
    /// What steps wanted to ask, where somebody has put other words in its place.
    pub(crate) replaced: HashMap<String, String>,
    /// A conversation goes on that had asked for things before this count began.
    pub(crate) goes_on: bool,
    /// Where the values are that it has set itself, since it began.
    pub(crate) values: HashMap<String, usize>,
    /// Where the texts are that it has kept itself, since it began.
    pub(crate) texts: HashMap<String, usize>,
}

impl Pass {
    /// A count from nothing.
    pub(crate) fn new(goes_on: bool) -> Self {
        Self {
            goes_on,
            ..Self::default()
        }
    }

    pub(crate) fn request(&mut self, content: Digest) -> u32 {
        count(&mut self.requests, content)
    }

    pub(crate) fn turn(&mut self, agent: &str) -> u32 {
        count(&mut self.turns, agent.to_owned())
    }

    pub(crate) fn observe(&mut self, what: &str) -> u32 {
        count(&mut self.observations, what.to_owned())
    }
}

/// How often this was counted before.
fn count<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, u32>, key: K) -> u32 {
    let next = counts.entry(key).or_default();
    let before = *next;
    *next = next.saturating_add(1);
    before
}
