//! What the host knows of the run, out of an observation's options.

use cm_sdk::controller::Observation;
use serde_json::Value;

/// Facts about the run so far.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts<'o> {
    /// How often the controller has talked to the agent of this step.
    pub(crate) turns: u32,
    /// Tokens that were used.
    pub(crate) tokens: u64,
    /// US dollars; none when the engines do not say.
    pub(crate) cost_usd: Option<f64>,
    /// The steps whose last result is a failure.
    pub(crate) failed: &'o str,
    /// What the agent says of its own work, in its words.
    pub(crate) proposal: String,
}

impl<'o> Facts<'o> {
    pub(crate) fn of(observation: &'o Observation) -> Self {
        let option = |wanted: &str| {
            let mut options = observation.options.iter();
            let found = options.find(|(name, _)| name == wanted)?;
            Some(found.1.trim())
        };
        let tokens = option("tokens").and_then(|text| text.parse().ok());
        let tokens = tokens.unwrap_or(0);
        let cost_usd = option("cost-usd")
            .and_then(|text| text.parse().ok())
            .filter(|cost: &f64| cost.is_finite());
        Self {
            turns: option("turns")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
            tokens,
            // What has used nothing has cost nothing.
            cost_usd: cost_usd.or((tokens == 0).then_some(0.0)),
            failed: option("failed").unwrap_or(""),
            proposal: option("proposal").map(words).unwrap_or_default(),
        }
    }
}

/// The summary of a proposal and the questions it leaves open, one to a line.
fn words(proposal: &str) -> String {
    let Ok(proposal) = serde_json::from_str::<Value>(proposal) else {
        return String::new();
    };
    let questions = proposal["open_questions"].as_array().into_iter().flatten();
    let texts = std::iter::once(&proposal["summary"]).chain(questions);
    let texts: Vec<_> = texts.filter_map(Value::as_str).collect();
    texts.join("\n")
}
