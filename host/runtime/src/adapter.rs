use cm_types::{EngineInfo, Finding, Health, TurnRequest};
use wasmtime::component::InstancePre;

use crate::{
    RuntimeError, Turn,
    bindings::engine::{Engine, EnginePre},
    guest::Guest,
    live::Live,
    state::State,
};

/// An engine adapter. Its functions are pure and answer at once, or fail within
/// [`crate::Limits::wall`].
#[derive(Clone)]
pub struct EngineAdapter {
    guest: Guest,
    pre: EnginePre<State>,
}

impl EngineAdapter {
    pub(crate) fn new(guest: Guest, pre: InstancePre<State>) -> Result<Self, RuntimeError> {
        let pre = EnginePre::new(pre).map_err(|error| crate::imports::mismatch(&guest, &error))?;
        Ok(Self { guest, pre })
    }

    fn live(&self) -> Result<Live<Engine>, RuntimeError> {
        Live::new(&self.guest, self.guest.store(false)?, |store| {
            self.pre.instantiate(store)
        })
    }

    /// What the adapter is and needs.
    ///
    /// # Errors
    /// When the guest fails.
    pub fn describe(&self) -> Result<EngineInfo, RuntimeError> {
        self.live()?
            .call(|store, engine| engine.cm_engine_adapter().call_describe(store))
            .map(Into::into)
    }

    /// What the results of its probes mean.
    ///
    /// # Errors
    /// When the guest fails.
    pub fn diagnose(&self, findings: Vec<Finding>) -> Result<Health, RuntimeError> {
        let findings: Vec<_> = findings.into_iter().map(Into::into).collect();
        self.live()?
            .call(|store, engine| engine.cm_engine_adapter().call_diagnose(store, &findings))
            .map(Into::into)
    }

    /// The names of everything it imports.
    pub fn imports(&self) -> Vec<String> {
        let ty = self.guest.component.component_type();
        let imports = ty.imports(&self.guest.engine);
        imports.map(|(name, _)| name.to_owned()).collect()
    }

    /// Begins a turn, in an instance of its own.
    ///
    /// # Errors
    /// When the guest fails.
    pub fn turn(&self, request: TurnRequest) -> Result<Turn, RuntimeError> {
        let request = request.into();
        let mut live = self.live()?;
        let turn = live.call(|store, engine| {
            engine
                .cm_engine_adapter()
                .turn()
                .call_constructor(store, &request)
        })?;
        Ok(Turn::new(live, turn))
    }
}
