//! Everything that touches wasmtime: load, link, limit and call the components of
//! packages, and keep their compiled code.
//!
//! Engine adapters, checks and controllers are called synchronously: they are pure
//! and may take no longer than [`Limits::wall`]. Workflows and steps wait for days,
//! so they run as futures. A guest that traps, floods or never ends costs its own
//! call, with a [`RuntimeError`] that names it; never the host.

mod adapter;
mod bindings;
mod budget;
mod cache;
mod component;
mod config;
mod context;
mod controller;
mod entry;
mod fault;
mod flow;
mod guest;
mod identity;
mod imports;
mod kind;
mod limiter;
mod limits;
mod live;
mod runtime;
mod sandbox;
mod state;
mod step;
mod ticker;
mod translate;
mod turn;
mod waiting;
mod wasi;
mod workflow;

pub use adapter::EngineAdapter;
pub use component::Component;
pub use context::{Bundle, Pending, RunContext};
pub use controller::{ControllerGuest, Judge};
pub use fault::{Fault, RuntimeError};
pub use identity::Identity;
pub use kind::Kind;
pub use limits::Limits;
pub use live::CallError;
pub use runtime::Runtime;
pub use step::{StepGuest, StepInfo};
pub use turn::{Turn, TurnError};
pub use workflow::WorkflowGuest;
