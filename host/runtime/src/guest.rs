use std::sync::Arc;

use cm_types::{Digest, Error};
use wasmtime::{Engine, Store, Trap, WasmBacktrace};

use crate::{
    Fault, Identity, Limits, RunContext, RuntimeError, bindings::engine::cm::types::base,
    budget::TimedOut, limiter::Refusal, sandbox::Denied, state::State,
};

/// What every use of a loaded component shares.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) identity: Arc<Identity>,
    pub(crate) digest: Digest,
    pub(crate) engine: Engine,
    pub(crate) component: wasmtime::component::Component,
    pub(crate) limits: Arc<Limits>,
}

impl Guest {
    /// A fresh store for this guest. Its random numbers are the same each time, as
    /// everything else that it can see.
    pub(crate) fn store(&self, yields: bool) -> Result<Store<State>, RuntimeError> {
        let seed = self.digest.hex().bytes().fold(0u64, |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        State::new(&self.limits, seed)
            .into_store(&self.engine, &self.limits, yields)
            .map_err(|error| self.error(&error))
    }

    /// An error of this guest.
    pub(crate) fn fault(&self, fault: Fault, message: impl Into<String>) -> RuntimeError {
        RuntimeError::new(fault, message).of(&self.identity, self.digest)
    }

    /// What a wasmtime error means.
    pub(crate) fn error(&self, error: &wasmtime::Error) -> RuntimeError {
        let (fault, message) = self.meaning(error);
        let backtrace = error
            .downcast_ref::<WasmBacktrace>()
            .filter(|backtrace| !backtrace.frames().is_empty())
            .map(|backtrace| backtrace.to_string().trim_end().to_owned());
        self.fault(fault, message).with_backtrace(backtrace)
    }

    /// The same, for a store that is not used again.
    pub(crate) fn end(&self, error: &wasmtime::Error, mut store: Store<State>) -> RuntimeError {
        self.error(error)
            .with_output(store.data_mut().sandbox.take_output())
    }

    /// The end of a run: the rest of its output goes to the log, unless it failed;
    /// then it goes with the error.
    pub(crate) fn leave(
        &self,
        result: wasmtime::Result<Result<String, base::Error>>,
        mut store: Store<State>,
        context: &Arc<dyn RunContext>,
    ) -> Result<Result<String, Error>, RuntimeError> {
        match result {
            Ok(result) => {
                store.data_mut().sandbox.log_rest(context);
                Ok(result.map_err(Into::into))
            }
            Err(error) => Err(self.end(&error, store)),
        }
    }

    fn meaning(&self, error: &wasmtime::Error) -> (Fault, String) {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return (
                Fault::OutOfMemory,
                format!("it ran out of memory: {refusal}"),
            );
        }
        if let Some(late) = error.downcast_ref::<TimedOut>() {
            return (Fault::Timeout, format!("it was stopped: {late}"));
        }
        if let Some(denied) = error.downcast_ref::<Denied>() {
            return (Fault::Refused, denied.to_string());
        }
        if let Some(trap) = error.downcast_ref::<Trap>() {
            return self.trap(*trap);
        }
        let text = root(error);
        // wasmtime keeps the types of these two to itself.
        if text.contains("resource limit exceeded") {
            return (Fault::OutOfMemory, format!("it is too large: {text}"));
        }
        if text.contains("fuel allocated for hostcalls") {
            let data = self.limits.data;
            let message = format!("it handed over more than {data} bytes at once");
            return (Fault::TooMuchData, message);
        }
        (Fault::Malformed, format!("it broke the contract: {text}"))
    }

    fn trap(&self, trap: Trap) -> (Fault, String) {
        match trap {
            Trap::StackOverflow => (
                Fault::StackOverflow,
                "it recursed until its stack was full".to_owned(),
            ),
            Trap::OutOfFuel => (
                Fault::OutOfFuel,
                format!("it used more than {} operations", self.limits.fuel),
            ),
            Trap::Interrupt => (
                Fault::Timeout,
                format!("it was stopped: {}", TimedOut(self.limits.wall)),
            ),
            Trap::InvalidChar
            | Trap::StringOutOfBounds
            | Trap::ListOutOfBounds
            | Trap::InvalidDiscriminant
            | Trap::UnalignedPointer => (
                Fault::Malformed,
                format!("it broke the contract: {}", plain(trap)),
            ),
            _ => (Fault::Trap, format!("it trapped: {}", plain(trap))),
        }
    }
}

fn plain(trap: Trap) -> String {
    trap.to_string()
        .trim_start_matches("wasm trap: ")
        .trim_start_matches("wasm `")
        .replace(
            "unreachable` instruction executed",
            "`unreachable` was executed",
        )
}

/// The innermost cause: what is around it says "error while executing at wasm
/// backtrace", which is reported on its own.
fn root(error: &wasmtime::Error) -> String {
    error.root_cause().to_string()
}
