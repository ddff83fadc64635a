use cm_runtime::{CallError, EngineAdapter, Turn};
use cm_types::{Action, EngineInfo, Error, Input, TurnRequest};

/// Why an adapter gave no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Broken {
    /// It says so itself, as the contract allows.
    Said(Error),
    /// It trapped, or reached a limit of the host: never allowed.
    Failed(String),
}

impl From<CallError> for Broken {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Guest(error) => Self::Said(error),
            CallError::Runtime(error) => Self::Failed(error.to_string()),
        }
    }
}

/// What is examined.
pub trait Subject {
    /// What it says it is.
    ///
    /// # Errors
    /// When it fails.
    fn describe(&self) -> Result<EngineInfo, Broken>;

    /// What it imports.
    fn imports(&self) -> Vec<String>;

    /// A new turn.
    ///
    /// # Errors
    /// When it fails.
    fn turn(&self, request: TurnRequest) -> Result<Box<dyn Machine>, Broken>;
}

/// One turn of it.
pub trait Machine {
    /// Tells it what happened.
    ///
    /// # Errors
    /// What it says against that, or its failure.
    fn next(&mut self, input: Input) -> Result<Vec<Action>, Broken>;
}

impl Subject for EngineAdapter {
    fn describe(&self) -> Result<EngineInfo, Broken> {
        Self::describe(self).map_err(|error| Broken::Failed(error.to_string()))
    }

    fn imports(&self) -> Vec<String> {
        Self::imports(self)
    }

    fn turn(&self, request: TurnRequest) -> Result<Box<dyn Machine>, Broken> {
        let turn = Self::turn(self, request);
        let turn = turn.map_err(|error| Broken::Failed(error.to_string()))?;
        Ok(Box::new(turn))
    }
}

impl Machine for Turn {
    fn next(&mut self, input: Input) -> Result<Vec<Action>, Broken> {
        Ok(Self::next(self, input)?)
    }
}
