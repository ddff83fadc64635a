//! What the author of a plugin in Rust depends on: the contract's types, a macro
//! to export each world, and the few helpers that every adapter needs.

pub mod controller;
pub mod engine;
pub mod step;
pub mod workflow;
mod workflow_error;
