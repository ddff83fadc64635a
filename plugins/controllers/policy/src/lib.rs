//! A controller that decides by a written policy: the same answer to the same
//! question, without a model, and a person for everything the policy leaves open.
//! What can be written is in `README.md`.

mod decide;
mod facts;
mod fields;
mod mistake;
mod policy;
mod read;

use cm_sdk::controller::{Decision, Error, Guest, GuestJudge, Observation};

pub use mistake::Mistake;
pub use policy::{Answer, Failed, Limits, Policy, Rule, When};

/// The component. A bad config is told with the first decision, as nothing can be
/// told before.
#[derive(Debug)]
pub struct Judge(Result<Policy, Mistake>);

impl Guest for Judge {
    type Judge = Self;
}

impl GuestJudge for Judge {
    fn new(config: String) -> Self {
        Self(Policy::parse(&config))
    }

    fn decide(&self, observation: Observation) -> Result<Decision, Error> {
        match &self.0 {
            Ok(policy) => Ok(policy.decide(&observation)),
            Err(mistake) => Err(mistake.clone().into()),
        }
    }
}

#[cfg(target_arch = "wasm32")]
cm_sdk::controller::bindings::export!(Judge with_types_in cm_sdk::controller::bindings);
