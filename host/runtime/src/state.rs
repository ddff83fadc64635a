use std::sync::Arc;

use wasmtime::{Engine, Store};

use crate::{
    Bundle, Limits, RunContext, budget, budget::Budget, limiter::Limiter, sandbox::Sandbox,
};

/// The host's side of the `bundle` resource. A store has one, so the handle's number
/// says nothing.
#[derive(Debug)]
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct BundleHandle;

/// The host's side of the `context` resource; as with `bundle`, there is only one.
#[derive(Debug)]
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct ContextHandle;

/// The host's side of the `task` resource. The handle's number is the task's.
#[derive(Debug)]
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct TaskHandle;

/// What a store holds beside the guest.
pub(crate) struct State {
    pub(crate) limiter: Limiter,
    pub(crate) budget: Budget,
    pub(crate) sandbox: Sandbox,
    pub(crate) context: Option<Arc<dyn RunContext>>,
    pub(crate) bundle: Option<Arc<dyn Bundle>>,
}

impl State {
    pub(crate) fn new(limits: &Limits, seed: u64) -> Self {
        Self {
            limiter: Limiter::new(limits),
            budget: Budget::new(limits),
            sandbox: Sandbox::new(seed, limits.output),
            context: None,
            bundle: None,
        }
    }

    /// Puts the guest into a run.
    pub(crate) fn enter(&mut self, context: Arc<dyn RunContext>) {
        self.bundle = Some(context.bundle());
        self.context = Some(context);
    }

    /// A store with every limit in place. One is made for each turn, check or run and
    /// none is used again after an error: what a trap leaves behind is undefined.
    pub(crate) fn into_store(
        self,
        engine: &Engine,
        limits: &Limits,
        yields: bool,
    ) -> wasmtime::Result<Store<Self>> {
        let mut store = Store::try_new(engine, self)?;
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(limits.data);
        budget::install(&mut store, yields);
        budget::renew(wasmtime::AsContextMut::as_context_mut(&mut store))?;
        Ok(store)
    }
}
