use super::{Directives, Patience, Selector};
use crate::problem::Position;

/// How an agent behaves in a step. What a step says comes before what the agent's file
/// says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Behaviour {
    /// Whether somebody looks at its turns where the mode leaves that to each agent.
    pub interactive: Option<bool>,
    /// When it takes part.
    pub when: Option<Selector>,
    /// Names of the host's tools, groups taken apart: `read_state`, ….
    pub tools: Option<Vec<String>>,
    /// Where the tools are named.
    pub tools_at: Position,
    /// Agents it may start.
    pub agents: Option<Vec<(String, Position)>>,
    /// Further servers it may use.
    pub servers: Option<Vec<Server>>,
    /// A JSON Schema that its answer must meet.
    pub schema: Option<Schema>,
    /// How often it is asked again when its answer does not meet the schema.
    pub schema_retries: Option<u32>,
    /// How patient the host is with it.
    pub patience: Patience,
    /// What its turns may tell the workflow.
    pub directives: Option<Directives>,
}

impl Behaviour {
    /// This, and what `general` says where this says nothing.
    pub fn or(&self, general: &Self) -> Self {
        let (own, other) = (self.clone(), general.clone());
        Self {
            interactive: own.interactive.or(other.interactive),
            when: own.when.or(other.when),
            tools_at: match &own.tools {
                Some(_) => own.tools_at,
                None => other.tools_at,
            },
            tools: own.tools.or(other.tools),
            agents: own.agents.or(other.agents),
            servers: own.servers.or(other.servers),
            schema: own.schema.or(other.schema),
            schema_retries: own.schema_retries.or(other.schema_retries),
            patience: own.patience.or(other.patience),
            directives: own.directives.or(other.directives),
        }
    }
}

/// A JSON Schema, and where it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// Its text.
    pub text: String,
    /// For messages: its file, if it has one, and the line that names it or holds it.
    pub source: String,
    /// Where it is named.
    pub at: Position,
}

/// A server that the person has set up.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// Only these of its tools. Empty: all.
    pub only: Vec<String>,
    /// None of these.
    pub exclude: Vec<String>,
}
