use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a run may use, with everything that it starts. Nothing is named: no limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Budget {
    /// Input and output tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<f64>,
    /// Money, in US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
    /// Time at work in minutes, waits not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// At how much of it the person is told, in percent. None: 80.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<u32>,
}

impl Budget {
    /// Whether it limits nothing.
    pub fn is_none(&self) -> bool {
        self.tokens.is_none() && self.usd.is_none() && self.minutes.is_none()
    }

    /// The same with more of what this other one names. What had no limit has none still.
    pub fn raised(&self, more: &Self) -> Self {
        let sum =
            |have: Option<f64>, more: Option<f64>| have.map(|have| have + more.unwrap_or(0.0));
        Self {
            tokens: sum(self.tokens, more.tokens),
            usd: sum(self.usd, more.usd),
            minutes: sum(self.minutes, more.minutes),
            warn: more.warn.or(self.warn),
        }
    }
}
