//! The words that every room of the house uses: plain data, no behaviour beyond
//! its own invariants, no input or output.
//!
//! The shapes mirror the contract in `wit/`; the runtime translates between the
//! two, so that no other crate sees a generated type.

mod digest;
mod engine;
mod event;
mod failure;
mod outline;
mod work;

pub use digest::Digest;
pub use engine::{
    Action, Command, EngineInfo, Finding, Framing, Health, Input, McpServer, Permissions, Probe,
    Program, TurnRequest,
};
pub use event::{Finish, Permission, RateLimit, ToolCall, ToolResult, TurnEvent, Usage};
pub use failure::{Error, Extension, Failure};
pub use outline::{Findings, Outline, OutlineStep, Problem};
pub use work::{
    CommandWork, Placement, Policy, QuestionWork, Reply, StepWork, TimerWork, TurnWork, Work,
};

/// Named values that have no field of their own yet; names are unique.
pub type Options = Vec<(String, String)>;
