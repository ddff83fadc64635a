use cm_types::Error;
use wasmtime::{AsContextMut, Store};

use crate::{Fault, RuntimeError, budget, guest::Guest, state::State};

/// Why a call gave no result.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// The guest says why.
    #[error(transparent)]
    Guest(#[from] Error),
    /// The guest failed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Guest(error) => error,
            CallError::Runtime(error) => error.into(),
        }
    }
}

/// An instance that is called more than once, each time with a full budget.
pub(crate) struct Live<B> {
    guest: Guest,
    /// None after an error.
    inner: Option<(Store<State>, B)>,
}

impl<B> Live<B> {
    /// Makes an instance, on the calling thread.
    pub(crate) fn new(
        guest: &Guest,
        store: Store<State>,
        make: impl FnOnce(&mut Store<State>) -> wasmtime::Result<B>,
    ) -> Result<Self, RuntimeError> {
        let mut store = store;
        match make(&mut store) {
            Ok(bindings) => Ok(Self {
                guest: guest.clone(),
                inner: Some((store, bindings)),
            }),
            Err(error) => Err(guest.end(&error, store)),
        }
    }

    /// Calls it. After an error the instance is gone.
    pub(crate) fn call<T>(
        &mut self,
        call: impl FnOnce(&mut Store<State>, &B) -> wasmtime::Result<T>,
    ) -> Result<T, RuntimeError> {
        let Some((store, bindings)) = &mut self.inner else {
            let message = "it failed before and cannot be called again";
            return Err(self.guest.fault(Fault::Over, message));
        };
        let result = budget::renew(store.as_context_mut()).and_then(|()| call(store, bindings));
        result.map_err(|error| match self.inner.take() {
            Some((store, _)) => self.guest.end(&error, store),
            None => self.guest.error(&error),
        })
    }

    /// What it printed since the last time it was asked.
    pub(crate) fn take_output(&mut self) -> String {
        match &mut self.inner {
            Some((store, _)) => store.data_mut().sandbox.take_output(),
            None => String::new(),
        }
    }
}
