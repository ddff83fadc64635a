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

mod answerer;
mod answers;
mod approval;
mod budget;
mod command;
mod controller;
mod core;
mod direct;
mod doubt;
mod end;
mod event;
mod fold;
mod gathering;
mod hold;
mod input;
mod key;
mod late;
mod limit;
mod look;
mod memory;
mod observation;
mod offer;
mod outcome;
mod pass;
mod permission;
mod pin;
mod process;
mod question;
mod record;
mod resolve;
mod rest;
mod retry;
mod reuse;
mod room;
mod run;
mod sending;
mod shelf;
mod spending;
mod start;
mod status;
mod step_summary;
mod summary;
mod task;
mod work;

pub use answerer::Answerer;
pub use approval::Approval;
pub use budget::BUDGET;
pub use command::{Attempt, Command, Judgement, Resumed};
pub use core::{Core, Decided, MAX_TASKS};
pub use doubt::IDLE;
pub use end::RunEnd;
pub use event::Event;
pub use gathering::Gathering;
pub use input::Input;
pub use key::TaskKey;
pub use late::{Clock, Late, Then, option, spoken};
pub use limit::Limit;
pub use offer::Offers;
pub use permission::{ARGUMENTS, PATTERN, Permit, TOOL, Wish};
pub use pin::{Pin, PinnedComponent};
pub use process::Process;
pub use record::{Record, SCHEMA_VERSION};
pub use retry::{MAX_LIMIT_MS, MAX_WAIT_MS, wait_ms};
pub use run::{Artifact, Entry, Pause, Run, Steer};
pub use spending::{Amount, Spending};
pub use start::{After, RunStart};
pub use status::Status;
pub use step_summary::{StepState, StepSummary};
pub use summary::{Summary, Waiting};
pub use task::{Answered, Hold, Task, TaskState};
