//! The pure core: what happened goes in, what to do comes out.
//!
//! No input or output, no clock, no randomness, no threads: every value comes from
//! the caller, so a run can be played again from its journal and simulated with any
//! failure at any point.
//!
//! - [`Event`] is a fact; a run's journal is the list of its events.
//! - [`Run`] is what the facts add up to; [`Run::apply`] is the only thing that changes it.
//! - [`Core`] takes an [`Input`] and gives a [`Decision`]: events to append, commands
//!   to perform once those are on disk.

mod command;
mod core;
mod event;
mod input;
mod key;
mod memory;
mod pass;
mod record;
mod retry;
mod run;
mod status;
mod summary;
mod task;
mod work;

pub use command::{Attempt, Command};
pub use core::{Core, Decision, MAX_TASKS};
pub use event::{Event, Process, RunEnd, RunStart};
pub use input::Input;
pub use key::TaskKey;
pub use record::{Record, SCHEMA_VERSION};
pub use retry::{MAX_WAIT_MS, wait_ms};
pub use run::{Artifact, Run};
pub use status::Status;
pub use summary::{StepState, StepSummary, Summary};
pub use task::{Task, TaskState};
