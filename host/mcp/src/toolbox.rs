//! What is offered.

use std::pin::Pin;

use serde_json::{Map, Value};

/// A tool as its caller sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// The name by which it is called.
    pub name: String,
    /// What it does and when to use it, for the agent.
    pub description: String,
    /// The JSON Schema of its arguments, an object.
    pub schema: Value,
}

/// What a call comes to: a value, or why there is none, for the agent to read.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>>;

/// The tools that one turn may use.
pub trait Toolbox: Send + Sync + 'static {
    /// What may be called now. Asked each time that a client wants the list.
    fn tools(&self) -> Vec<Tool>;

    /// Does it. Called for names that are not listed, too: the toolbox says why not.
    ///
    /// The arguments are what the caller wrote; nobody has compared them with the
    /// schema. The answer is dropped where it stands when the caller takes the call
    /// back or is gone for some seconds, and when the server is dropped; what must be
    /// finished once it was begun belongs into a task of its own.
    fn call(&self, name: &str, arguments: Map<String, Value>) -> Answer<'_>;
}
