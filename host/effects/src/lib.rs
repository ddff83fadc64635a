//! Where processes start: the only room of the house that runs a program.
//!
//! [`Process::start`] gives a child that cannot outlive its reason: it leads a
//! process group of its own, is killed by the kernel when `cm` is (on
//! Linux), and is stopped as a whole tree when a limit is reached. Its output comes
//! in pieces through [`Process::next`], at the pace of the reader. What a `cm` that
//! crashed left behind is found again by its [`ProcessIdentity`] and ended by
//! [`sweep`].
//!
//! Beside that the small things a process needs: a filtered [`environment`], a
//! private [`scratch`] directory, a [`recording`] of what it printed, [`Lines`], and
//! a [`timer`] that a sleeping laptop does not stretch. The text files of the
//! [`project`] are read here too, and copies of it are made to work in: a [`worktree`]
//! each, by the person's own [`Git`].
//!
//! For a model that has no program around it, this room sends the requests ([`http`])
//! and does what the model wants done in the working directory ([`hands`]).

mod capture;
mod census;
mod exit;
mod foreground;
mod git;
mod identity;
mod launch;
mod launch_error;
mod leader;
mod lines;
mod process;
mod program;
mod spawn;
mod stdin;
mod sweep;
mod watch;

pub mod environment;
pub mod hands;
pub mod http;
pub mod project;
pub mod recording;
pub mod scratch;
pub mod timer;
pub mod worktree;

pub use capture::Capture;
pub use exit::{EndedBy, Exit, Output, Usage};
pub use foreground::foreground;
pub use git::{Git, GitError};
pub use hands::{Deed, Hands};
pub use identity::ProcessIdentity;
pub use launch::{Launch, Limits, Stdin};
pub use launch_error::LaunchError;
pub use lines::Lines;
pub use process::Process;
pub use program::find_program;
pub use project::{Project, ProjectError};
pub use recording::{Recorded, Recorder, Recording};
pub use scratch::Scratch;
pub use sweep::{Swept, bearers, sweep, sweep_carriers};
