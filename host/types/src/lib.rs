//! The words that every room of the house uses: plain data, no behaviour beyond
//! its own invariants, no input or output.
//!
//! The shapes mirror the contract in `wit/`; the runtime translates between the
//! two, so that no other crate sees a generated type.

mod budget;
mod controller;
mod decision;
mod digest;
mod engine;
mod event;
mod failure;
mod grants;
mod http;
mod mode;
mod outline;
mod span;
mod work;

pub use budget::Budget;
pub use controller::{Controller, Observation};
pub use decision::{Decision, Directive};
pub use digest::Digest;
pub use engine::{
    Action, Command, EngineInfo, Finding, Framing, Health, Input, McpServer, Permissions, Probe,
    Program, TurnRequest,
};
pub use event::{Finish, Permission, RateLimit, ToolCall, ToolResult, TurnEvent, Usage};
pub use failure::{Error, Extension, Failure};
pub use grants::{Grants, Helper, ServerGrant};
pub use http::{HttpRequest, HttpResponse, Secret};
pub use mode::Mode;
pub use outline::{Alternative, Choice, Findings, Outline, OutlineStep, Problem, Selector};
pub use span::Span;
pub use work::{
    BranchWork, CommandWork, MergeWork, Placement, Policy, ProofWork, QuestionKind, QuestionWork,
    Reply, StepWork, TalkWork, TimerWork, TurnWork, Work,
};

/// Named values that have no field of their own yet; names are unique.
pub type Options = Vec<(String, String)>;
