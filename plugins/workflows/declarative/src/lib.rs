//! The declarative workflow: `workflow.yaml` and `agents/*.md`, read, checked
//! and run over nothing but the public contract `cm:flow/workflows`.
//!
//! How a workflow travels through the rooms: [`yaml`] gives nodes that know
//! their line and column; [`read`] makes the [`model`] of them and collects
//! every [`problem`]; [`check`] looks at what the parts say of each other;
//! [`run`] interprets the model against a small trait, [`run::Host`], so that
//! tests can drive it natively.

pub mod check;
mod component;
mod glob;
mod graph;
pub mod model;
pub mod outline;
pub mod problem;
pub mod read;
pub mod run;
mod shell;
mod suggest;
pub mod template;
pub mod yaml;

pub use component::Declarative;
