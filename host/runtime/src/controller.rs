use cm_types::{Decision, Observation};
use wasmtime::component::{InstancePre, ResourceAny};

use crate::{
    CallError, RuntimeError,
    bindings::controllers::{Controllers, ControllersPre},
    guest::Guest,
    live::Live,
    state::State,
};

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
    pub fn decide(&mut self, observation: Observation) -> Result<Decision, CallError> {
        let observation = observation.into();
        let judge = self.judge;
        let decision = self.live.call(|store, controllers| {
            let judges = controllers.cm_flow_controller();
            judges.judge().call_decide(store, judge, &observation)
        })?;
        match decision {
            Ok(decision) => Ok(decision.into()),
            Err(error) => Err(CallError::Guest(error.into())),
        }
    }

    /// What the guest printed since the last time.
    pub fn output(&mut self) -> String {
        self.live.take_output()
    }
}
