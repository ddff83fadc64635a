use std::sync::Arc;

use cm_types::Error;
use wasmtime::component::{InstancePre, Resource};

use crate::{
    RunContext, RuntimeError, bindings::steps::StepsPre, guest::Guest, imports::mismatch,
    live::Live, state::State,
};

/// A step that can be named in workflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepInfo {
    /// Unique in its component.
    pub name: String,
    /// One sentence.
    pub description: String,
}

/// A component that holds steps.
#[derive(Clone)]
pub struct StepGuest {
    guest: Guest,
    describe: StepsPre<State>,
    run: StepsPre<State>,
}

impl StepGuest {
    pub(crate) fn new(
        guest: Guest,
        describe: InstancePre<State>,
        run: InstancePre<State>,
    ) -> Result<Self, RuntimeError> {
        let pre = |pre| StepsPre::new(pre).map_err(|error| mismatch(&guest, &error));
        let (describe, run) = (pre(describe)?, pre(run)?);
        Ok(Self {
            guest,
            describe,
            run,
        })
    }

    /// The steps that are in it. Pure and synchronous.
    ///
    /// # Errors
    /// When the guest fails.
    pub fn describe(&self) -> Result<Vec<StepInfo>, RuntimeError> {
        let store = self.guest.store(false)?;
        let mut live = Live::new(&self.guest, store, |store| self.describe.instantiate(store))?;
        let steps = live.call(|store, steps| steps.cm_flow_step().call_describe(store))?;
        let info = |step: crate::bindings::steps::exports::cm::flow::step::StepInfo| StepInfo {
            name: step.name,
            description: step.description,
        };
        Ok(steps.into_iter().map(info).collect())
    }

    /// Runs one of them. Dropping the future ends the guest where it waits.
    ///
    /// # Errors
    /// When the guest fails; the inner result is the step's own.
    pub async fn run(
        &self,
        context: Arc<dyn RunContext>,
        name: &str,
        input: &str,
    ) -> Result<Result<String, Error>, RuntimeError> {
        let mut store = self.guest.store(true)?;
        store.data_mut().enter(context.clone());
        let result = async {
            let steps = self.run.instantiate_async(&mut store).await?;
            let handle = Resource::new_own(0);
            steps
                .cm_flow_step()
                .call_run(&mut store, handle, name, input)
                .await
        }
        .await;
        self.guest.leave(result, store, &context)
    }
}
