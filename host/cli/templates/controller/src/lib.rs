//! A controller: it answers agents in the person's place. It sees and judges; it does
//! nothing itself.

wit_bindgen::generate!({
    path: ["wit/types", "wit/flow"],
    world: "cm:flow/controllers",
    generate_all,
});

use cm::{flow::decisions::Decision, types::base::Error};
use exports::cm::flow::controller::{Guest, GuestJudge, Observation};

struct Controller;

/// The judge of one run.
struct Judge {
    /// The workflow's text for it.
    config: String,
}

impl Guest for Controller {
    type Judge = Judge;
}

impl GuestJudge for Judge {
    fn new(config: String) -> Self {
        Self { config }
    }

    fn decide(&self, observation: Observation) -> Result<Decision, Error> {
        Ok(match observation.kind.as_str() {
            "turn" => Decision::Next,
            // What the workflow's text says is the answer to every question.
            "question" if !self.config.is_empty() => Decision::Reply(self.config.clone()),
            kind => Decision::Ask(format!("a person has to answer this {kind}")),
        })
    }
}

// The names of the exports are none that a native linker takes.
#[cfg(target_arch = "wasm32")]
export!(Controller);
