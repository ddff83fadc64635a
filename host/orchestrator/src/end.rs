use cm_types::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum RunEnd {
    /// The workflow returned.
    Done {
        /// What it returned.
        output: String,
    },
    /// The workflow failed.
    Failed {
        /// Why.
        error: Error,
    },
    /// Somebody cancelled it.
    Cancelled {
        /// Who.
        by: String,
    },
}
