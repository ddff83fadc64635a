use cm_types::{Digest, Work};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a task is, found by content and not by position: finished work survives an
/// edited workflow.
///
/// The same work may be asked for more than once (a test in a loop), so a key also
/// counts: the how-manieth request for exactly this work, in its scope.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct TaskKey {
    /// Of the work, with engine and model as they will be used.
    pub content: Digest,
    /// From 0.
    pub ordinal: u32,
}

impl TaskKey {
    /// The key of this work, asked for the `ordinal`-th time.
    pub fn new(work: &Work, ordinal: u32) -> Self {
        // Serialising plain data into memory cannot fail; if it ever did, the work
        // would only share its key with other such work and be told apart by ordinal.
        let content = Digest::of(&serde_json::to_vec(work).unwrap_or_default());
        Self { content, ordinal }
    }

    /// The same for every attempt at this task of this run; programs are given it so
    /// that they can recognise a repetition.
    pub fn idempotency(&self, run: &str) -> String {
        Digest::of(format!("{run} {} {}", self.content, self.ordinal).as_bytes()).hex()
    }
}
