//! How much of an account's limits is used, and when they begin anew.

use cm_sdk::engine::moment_ms;
use serde_json::Value;

/// The limits as they were told last. A later word about some of them says nothing about
/// the others.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    told: Vec<(&'static str, Value)>,
}

impl Limits {
    pub(crate) fn update(&mut self, limits: Option<&Value>) {
        for name in ["primary", "secondary", "individualLimit"] {
            let limit = limits.and_then(|limits| limits.get(name));
            let Some(limit) = limit.filter(|limit| limit.is_object()) else {
                continue;
            };
            self.told.retain(|(told, _)| *told != name);
            self.told.push((name, limit.clone()));
        }
    }

    /// When all that is used up begins anew.
    pub(crate) fn until_ms(&self) -> Option<f64> {
        let number = |limit: &Value, name: &str| limit.get(name).and_then(Value::as_f64);
        let is_used_up = |limit: &Value| {
            number(limit, "usedPercent").is_some_and(|used| used >= 100.0)
                || number(limit, "remainingPercent").is_some_and(|left| left <= 0.0)
        };
        let used_up = self.told.iter().filter(|(_, limit)| is_used_up(limit));
        used_up
            .filter_map(|(_, limit)| moment_ms(number(limit, "resetsAt")?))
            .reduce(f64::max)
    }
}
