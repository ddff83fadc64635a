use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Event;

/// The version of the events' form, in `cm run --json` and in the journal.
pub const SCHEMA_VERSION: u32 = 1;

/// An event with its place and time in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// The run's id.
    pub run: String,
    /// Its place, from 1 without gaps.
    pub seq: u64,
    /// When it was appended: milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}
