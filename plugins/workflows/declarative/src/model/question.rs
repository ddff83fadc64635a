//! What is chosen before a run.

use crate::problem::Position;

/// A question that is asked before the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// Where it is written.
    pub at: Position,
    /// Whether its answers are tracks; else conditions.
    pub tracks: bool,
    /// What is asked.
    pub question: String,
    /// Whether several answers, or none, may be given.
    pub many: bool,
    /// What may be answered.
    pub options: Vec<Answer>,
    /// Asked only when this was chosen before.
    pub when: Selector,
}

/// One answer to a question before the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Unique among the tracks, or among the conditions.
    pub id: String,
    /// Where it is written.
    pub at: Position,
    /// For people.
    pub label: String,
    /// More for people.
    pub description: Option<String>,
}

/// What must have been chosen for something to take part. Empty lists ask nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    /// One of these tracks, each with its place.
    pub tracks: Vec<(String, Position)>,
    /// All of these conditions.
    pub conditions: Vec<(String, Position)>,
    /// At least one of these.
    pub conditions_any: Vec<(String, Position)>,
}

impl Selector {
    /// Whether it asks nothing.
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty() && self.conditions.is_empty() && self.conditions_any.is_empty()
    }

    /// Whether this track and these conditions meet it.
    pub fn is_met(&self, track: Option<&str>, conditions: &[&str]) -> bool {
        let chosen = |wanted: &(String, Position)| conditions.contains(&wanted.0.as_str());
        let on_track = |track| self.tracks.iter().any(|(wanted, _)| wanted == track);
        (self.tracks.is_empty() || track.is_some_and(on_track))
            && self.conditions.iter().all(chosen)
            && (self.conditions_any.is_empty() || self.conditions_any.iter().any(chosen))
    }
}
