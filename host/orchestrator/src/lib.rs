//! The pure core: what happened goes in, what to do comes out.
//!
//! No input or output, no clock, no randomness, no threads: every value comes from
//! the caller, so a run can be played again from its journal and simulated with any
//! failure at any point.
//!
//! - [`Event`] is a fact; a run's journal is the list of its events.
//! - [`Run`] is what the facts add up to; [`Run::apply`] is the only thing that changes it.
//! - [`Core`] takes an [`Input`] and gives a [`Decided`]: events to append, commands
//!   to perform once those are on disk.

mod answers;
mod approval;
mod command;
mod controller;
mod core;
mod direct;
mod end;
mod event;
mod fold;
mod hold;
mod input;
mod key;
mod look;
mod memory;
mod observation;
mod outcome;
mod pass;
mod process;
mod question;
mod record;
mod resolve;
mod retry;
mod room;
mod run;
mod shelf;
mod start;
mod status;
mod step_summary;
mod summary;
mod task;
mod work;

pub use approval::Approval;
pub use command::{Attempt, Command, Judgement, Resumed};
pub use core::{Core, Decided, MAX_TASKS};
pub use end::RunEnd;
pub use event::{Answerer, Event};
pub use input::Input;
pub use key::TaskKey;
pub use process::Process;
pub use record::{Record, SCHEMA_VERSION};
pub use retry::{MAX_WAIT_MS, wait_ms};
pub use run::{Artifact, Entry, Pause, Run, Steer};
pub use start::RunStart;
pub use status::Status;
pub use step_summary::{StepState, StepSummary};
pub use summary::Summary;
pub use task::{Answered, Hold, Task, TaskState};
