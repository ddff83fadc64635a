use cm_types::{Extension, Options};
use wasmtime::component::{InstancePre, ResourceAny};

use crate::{
    CallError, RuntimeError,
    bindings::controllers::{Controllers, ControllersPre},
    guest::Guest,
    live::Live,
    state::State,
};

/// What a controller is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// The step's id.
    pub step: String,
    /// `agent` (it has finished a turn), `question`, `permission`, `failure`.
    pub kind: String,
    /// Who speaks: the agent's name.
    pub speaker: String,
    /// What was said.
    pub text: String,
    /// For questions: what may be answered.
    pub choices: Vec<String>,
    /// Named values without a field of their own.
    pub options: Options,
}

/// What a controller decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Say this to the agent, or answer the question with it.
    Reply(String),
    /// Go on.
    Proceed,
    /// Leave this step.
    Skip,
    /// End the run, for this reason.
    Stop(String),
    /// Yes to what was shown.
    Approve,
    /// No, for this reason.
    Reject(String),
    /// Again, with this to change.
    Revise(String),
    /// A person must answer this.
    Ask(String),
    /// To be taken as [`Verdict::Ask`] when unknown.
    Other(Extension),
}

/// A component that holds a controller.
#[derive(Clone)]
pub struct ControllerGuest {
    guest: Guest,
    pre: ControllersPre<State>,
}

impl ControllerGuest {
    pub(crate) fn new(guest: Guest, pre: InstancePre<State>) -> Result<Self, RuntimeError> {
        let pre =
            ControllersPre::new(pre).map_err(|error| crate::imports::mismatch(&guest, &error))?;
        Ok(Self { guest, pre })
    }

    /// A judge with this configuration, in an instance of its own.
    ///
    /// # Errors
    /// When the guest fails.
    pub fn judge(&self, config: &str) -> Result<Judge, RuntimeError> {
        let store = self.guest.store(false)?;
        let mut live = Live::new(&self.guest, store, |store| self.pre.instantiate(store))?;
        let judge = live.call(|store, controllers| {
            let judges = controllers.cm_flow_controller();
            judges.judge().call_constructor(store, config)
        })?;
        Ok(Judge { live, judge })
    }
}

/// A controller at work.
pub struct Judge {
    live: Live<Controllers>,
    judge: ResourceAny,
}

impl Judge {
    /// What it decides.
    ///
    /// # Errors
    /// The controller's own error, or a failure of the guest, after which every
    /// further call fails too.
    pub fn decide(&mut self, observation: Observation) -> Result<Verdict, CallError> {
        let observation = observation.into();
        let judge = self.judge;
        let verdict = self.live.call(|store, controllers| {
            let judges = controllers.cm_flow_controller();
            judges.judge().call_decide(store, judge, &observation)
        })?;
        match verdict {
            Ok(verdict) => Ok(verdict.into()),
            Err(error) => Err(CallError::Guest(error.into())),
        }
    }

    /// What the guest printed since the last time.
    pub fn output(&mut self) -> String {
        self.live.take_output()
    }
}
