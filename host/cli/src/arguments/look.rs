use std::path::PathBuf;

use clap::Args;

use super::Where;

/// List the runs of a project
#[derive(Args, Debug)]
pub(crate) struct Runs {
    /// At most so many, the newest first
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
    /// Print JSON (see `cm schema runs`)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// List what waits for you, in every project in which you have run something
///
/// Questions, gates after an agent's turn, approvals, checkpoints, and runs that are
/// paused, the newest first, each until it is answered. With RUN, all that there is to
/// look at before it is answered.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm inbox\n  cm inbox k3f9\n  cm inbox --json | jq -r '.[].run'\n\nAnswer from anywhere, with the run's id:\n  cm reply RUN ANSWER, cm next RUN, cm approve RUN, cm reject RUN REASON, cm resume RUN"
)]
pub(crate) struct Inbox {
    /// Only this run, with everything: its id, the beginning of it, or `last`
    pub(crate) run: Option<String>,
    /// At most so many, the newest first [default: 50; all with --json]
    #[arg(long, short = 'n', value_name = "N", conflicts_with = "run")]
    pub(crate) limit: Option<usize>,
    /// Print JSON (see `cm schema inbox`)
    #[arg(long)]
    pub(crate) json: bool,
    /// Only this project
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// Show one run: its steps, what they took, tokens and cost
#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// Print JSON (see `cm schema show`)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Print what a run's agents and commands said and did
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm logs last\n  cm logs k3f9 --step tests\n  cm logs last -f")]
pub(crate) struct Logs {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// Go on until the run is over
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only this step
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    /// Print the journal's events as JSON, one a line (see `cm schema events`)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// List the texts that a run has kept, or print one
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm artifacts last\n  cm artifacts last reporter/report.md > report.md"
)]
pub(crate) struct Artifacts {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// Print this one
    #[arg(value_name = "STEP/NAME")]
    pub(crate) name: Option<String>,
    /// Print JSON (see `cm schema artifacts`)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// List what a run's steps have written into its shared state, or print one value
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm state last\n  cm state last plan")]
pub(crate) struct State {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// Print the value of this one
    pub(crate) key: Option<String>,
    /// Print JSON (see `cm schema state`)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Remove what runs that are over have left
///
/// Worktrees, branches named `cm/RUN/NAME`, directories of runs, private temporary
/// directories, programs that were forgotten, limits that are over, and the names of
/// projects that are gone. What has work in it that is nowhere else is kept, and so is
/// everything of a run that can still go on: it says why, and the way out.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm gc --dry-run\n  cm gc")]
pub(crate) struct Gc {
    /// Only say what would be removed, and what kept
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON (see `cm schema gc`)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}
