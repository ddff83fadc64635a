//! The controller: who answers in the person's place.

use std::sync::Arc;

use cm_orchestrator::{Input, Judgement};
use cm_types::{Controller, Decision, Error, Failure, Reply, Work};
use tokio::sync::watch;

use crate::{Stop, floor::Floor, stops::Ready};

mod agent;
mod component;
mod memory;
mod protocol;

pub(crate) use component::Bench;

impl Floor {
    /// Lets the controller decide, or hear what a person says, and tells the core.
    pub(crate) async fn judge(self: Arc<Self>, judgement: Judgement, ready: Ready) {
        let task = judgement.attempt.task;
        let _at_work = self.stops.begin(&ready);
        let stop = ready.stop.clone();
        let input = match judgement.attempt.work {
            Work::Talk(_) => {
                let result = self.talk(&judgement, stop).await;
                Input::Ended { task, result }
            }
            _ => {
                let result = self.decide(&judgement, stop).await;
                Input::Judged { task, result }
            }
        };
        self.ledger.input(input);
    }

    async fn decide(
        &self,
        judgement: &Judgement,
        stop: watch::Receiver<Stop>,
    ) -> Result<Decision, Error> {
        match &judgement.controller {
            Controller::Agent(turn) => self.decide_as_agent(judgement, turn, stop).await,
            Controller::Component { name, config } => {
                self.decide_as_component(name, config, &judgement.observation)
            }
        }
    }

    async fn talk(
        &self,
        judgement: &Judgement,
        stop: watch::Receiver<Stop>,
    ) -> Result<Reply, Error> {
        match &judgement.controller {
            Controller::Agent(turn) => self.talk_to_agent(judgement, turn, stop).await,
            Controller::Component { name, .. } => {
                let message = format!("the controller `{name}` is a component: it does not talk");
                Err(Error::Invalid(Failure::new("no-talk", message)))
            }
        }
    }
}
