use std::sync::Arc;

use cm_types::{Error, Findings};
use wasmtime::component::{InstancePre, Resource};

use crate::{
    Bundle, RunContext, RuntimeError, bindings::workflows::WorkflowsPre, guest::Guest,
    imports::mismatch, live::Live, state::State,
};

/// A component that holds workflows.
#[derive(Clone)]
pub struct WorkflowGuest {
    guest: Guest,
    check: WorkflowsPre<State>,
    run: WorkflowsPre<State>,
}

impl WorkflowGuest {
    pub(crate) fn new(
        guest: Guest,
        check: InstancePre<State>,
        run: InstancePre<State>,
    ) -> Result<Self, RuntimeError> {
        let pre = |pre| WorkflowsPre::new(pre).map_err(|error| mismatch(&guest, &error));
        let (check, run) = (pre(check)?, pre(run)?);
        Ok(Self { guest, check, run })
    }

    /// What it would run and what is wrong with it. Pure and synchronous.
    ///
    /// # Errors
    /// When the guest fails.
    pub fn check(&self, bundle: Arc<dyn Bundle>, entry: &str) -> Result<Findings, RuntimeError> {
        let mut store = self.guest.store(false)?;
        store.data_mut().bundle = Some(bundle);
        let mut live = Live::new(&self.guest, store, |store| self.check.instantiate(store))?;
        live.call(|store, workflows| {
            let bundle = Resource::new_own(0);
            workflows
                .cm_flow_workflow()
                .call_check(store, bundle, entry)
        })
        .map(Into::into)
    }

    /// Runs it. Dropping the future ends the guest where it waits.
    ///
    /// # Errors
    /// When the guest fails; the inner result is the workflow's own.
    pub async fn run(
        &self,
        context: Arc<dyn RunContext>,
        entry: &str,
    ) -> Result<Result<String, Error>, RuntimeError> {
        let mut store = self.guest.store(true)?;
        store.data_mut().enter(context.clone());
        let result = async {
            let workflows = self.run.instantiate_async(&mut store).await?;
            let handle = Resource::new_own(0);
            workflows
                .cm_flow_workflow()
                .call_run(&mut store, handle, entry)
                .await
        }
        .await;
        self.guest.leave(result, store, &context)
    }
}
