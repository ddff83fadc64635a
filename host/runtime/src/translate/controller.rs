use cm_types::Observation;

use crate::bindings::controllers::exports::cm::flow::controller;

impl From<Observation> for controller::Observation {
    fn from(observation: Observation) -> Self {
        Self {
            step: observation.step,
            kind: observation.kind,
            speaker: observation.speaker,
            text: observation.text,
            choices: observation.choices,
            options: observation.options,
        }
    }
}
