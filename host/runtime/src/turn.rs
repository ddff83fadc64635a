use cm_types::{Action, Input};
use wasmtime::component::ResourceAny;

use crate::{CallError, bindings::engine::Engine, live::Live};

/// Why a turn's guest did not answer.
pub type TurnError = CallError;

/// A turn of an engine: inputs in, actions out.
pub struct Turn {
    live: Live<Engine>,
    turn: ResourceAny,
}

impl Turn {
    pub(crate) fn new(live: Live<Engine>, turn: ResourceAny) -> Self {
        Self { live, turn }
    }

    /// Tells the adapter what happened; gives what it wants done.
    ///
    /// # Errors
    /// The adapter's own error, or a failure of the guest, after which every further
    /// call fails too.
    pub fn next(&mut self, input: Input) -> Result<Vec<Action>, TurnError> {
        let input = input.into();
        let turn = self.turn;
        let actions = self.live.call(|store, engine| {
            engine
                .cm_engine_adapter()
                .turn()
                .call_next(store, turn, &input)
        })?;
        match actions {
            Ok(actions) => Ok(actions.into_iter().map(Into::into).collect()),
            Err(error) => Err(CallError::Guest(error.into())),
        }
    }

    /// What the guest printed since the last time: some language runtimes warn there.
    pub fn output(&mut self) -> String {
        self.live.take_output()
    }
}
