use std::path::PathBuf;

use clap::Args;

use super::{Manner, Where};

/// Do a run again, or from a step on
///
/// It is a new run, with everything that the old one was started with; the old one stays
/// as it is. With --step, what was finished before that step is not done and not paid for
/// again; the step and all that comes after it are, checks and approvals included. Without
/// it, everything is.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm rerun last\n  cm rerun last --step review\n  cm rerun k3f9 --step review --prompt-file stricter.md\n\nThe files of the project stay as they are now. Compare the two runs with: cm diff RUN RUN"
)]
pub(crate) struct Rerun {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// Begin anew with this step or group
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    /// Ask the agent of that step this first, instead of what the workflow says
    #[arg(
        long,
        value_name = "TEXT",
        requires = "step",
        conflicts_with = "prompt_file"
    )]
    pub(crate) prompt: Option<String>,
    /// The same, from a file; placeholders are filled in, as in the prompts of the workflow
    #[arg(long, value_name = "FILE", requires = "step")]
    pub(crate) prompt_file: Option<PathBuf>,
    /// Use the versions that are installed now, not those that the old run has used
    #[arg(long)]
    pub(crate) upgrade: bool,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

/// Continue a run from one of its steps, as a new run
///
/// What was finished before that step is kept and not paid for again; the step and all
/// that comes after it are done as the workflow now says. The old run stays as it is, and
/// may still be going on.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm fork last --at build\n  cm fork k3f9 --at review")]
pub(crate) struct Fork {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// The step or group to begin anew with
    #[arg(long, value_name = "STEP")]
    pub(crate) at: String,
    /// Use the versions that are installed now, not those that the old run has used
    #[arg(long)]
    pub(crate) upgrade: bool,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

/// Compare two runs: their steps, what they cost, and what came of them
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm diff k3f9 last\n  cm diff k3f9 m8qa --step review")]
pub(crate) struct Diff {
    /// The one run: its id, the beginning of it, or `last`
    #[arg(value_name = "RUN")]
    pub(crate) left: String,
    /// The other one
    #[arg(value_name = "RUN")]
    pub(crate) right: String,
    /// Only this step
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    /// Print JSON (see `cm schema diff`)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}
