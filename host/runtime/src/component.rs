use cm_types::Digest;
use wasmtime::component::{InstancePre, Linker};

use crate::{
    ControllerGuest, EngineAdapter, Identity, Kind, RuntimeError, StepGuest, WorkflowGuest, flow,
    guest::Guest,
    imports::{self, compatible},
    state::State,
};

/// A component that was loaded: compiled code, not an instance. Cheap to clone.
#[derive(Clone)]
pub struct Component {
    guest: Guest,
}

impl Component {
    pub(crate) fn new(guest: Guest) -> Self {
        Self { guest }
    }

    /// Whose it is.
    pub fn identity(&self) -> &Identity {
        &self.guest.identity
    }

    /// The digest of its file.
    pub fn digest(&self) -> Digest {
        self.guest.digest
    }

    /// What it can be used for. A component may be more than one thing.
    pub fn kinds(&self) -> Vec<Kind> {
        let ty = self.guest.component.component_type();
        let exports = |kind: &Kind| {
            ty.exports(&self.guest.engine)
                .any(|(name, _)| compatible(name, kind.interface()))
        };
        Kind::ALL.into_iter().filter(exports).collect()
    }

    /// The names of everything it imports: what it can do.
    pub fn imports(&self) -> Vec<String> {
        let ty = self.guest.component.component_type();
        ty.imports(&self.guest.engine)
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    /// As an engine adapter.
    ///
    /// # Errors
    /// `Kind` when it is none, `Link` when it imports something.
    pub fn engine(&self) -> Result<EngineAdapter, RuntimeError> {
        EngineAdapter::new(self.guest.clone(), self.pure(Kind::Engine)?)
    }

    /// As a workflow.
    ///
    /// # Errors
    /// `Kind` when it is none, `Link` when it imports something unknown.
    pub fn workflow(&self) -> Result<WorkflowGuest, RuntimeError> {
        let check = self.pure(Kind::Workflow)?;
        let run = self.flow(Kind::Workflow)?;
        WorkflowGuest::new(self.guest.clone(), check, run)
    }

    /// As steps.
    ///
    /// # Errors
    /// `Kind` when it has none, `Link` when it imports something unknown.
    pub fn steps(&self) -> Result<StepGuest, RuntimeError> {
        let describe = self.pure(Kind::Steps)?;
        let run = self.flow(Kind::Steps)?;
        StepGuest::new(self.guest.clone(), describe, run)
    }

    /// As a controller.
    ///
    /// # Errors
    /// `Kind` when it is none, `Link` when it imports something.
    pub fn controller(&self) -> Result<ControllerGuest, RuntimeError> {
        ControllerGuest::new(self.guest.clone(), self.pure(Kind::Controller)?)
    }

    /// Linked so that nothing can be waited for: files of the package at most.
    fn pure(&self, kind: Kind) -> Result<InstancePre<State>, RuntimeError> {
        self.link(kind, flow::link_files)
    }

    /// Linked for a run.
    fn flow(&self, kind: Kind) -> Result<InstancePre<State>, RuntimeError> {
        self.link(kind, flow::link_run)
    }

    fn link(
        &self,
        kind: Kind,
        define: fn(&mut Linker<State>) -> wasmtime::Result<()>,
    ) -> Result<InstancePre<State>, RuntimeError> {
        let mut linker = Linker::new(&self.guest.engine);
        imports::check(&self.guest, &mut linker, kind)?;
        if !kind.offers().is_empty() {
            define(&mut linker).map_err(|error| imports::mismatch(&self.guest, &error))?;
        }
        linker
            .instantiate_pre(&self.guest.component)
            .map_err(|error| imports::mismatch(&self.guest, &error))
    }
}
