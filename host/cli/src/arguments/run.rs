use std::path::PathBuf;

use clap::Args;

use super::{Manner, Where};

/// Run a workflow on a project
///
/// WORKFLOW is a directory with a `workflow.yaml`, such a file itself, or the name of an
/// installed package. Everything that happens is kept in `.codemachine/` in the project,
/// so the run can be stopped at any moment and resumed.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm run ./review-and-fix\n  cm run fix-tests --engine codex --dir ~/src/app\n  cm run release.yaml --spec plan.md --yes --json > events.ndjson\n  cm run ./app --track rust --condition auth,docs --mode manual\n  cm run ./app --plan --budget 5usd\n\nExit codes:\n  0 done   1 failed   2 bad usage   3 cancelled   4 waiting for a person   130 interrupted"
)]
pub(crate) struct Run {
    /// What to run: a directory, a file, or an installed package
    pub(crate) workflow: String,
    /// A specification, which workflows see as {specification} [default: `.codemachine/inputs/specification.md`, when it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// The track to take, where the workflow has several
    #[arg(long, short, value_name = "TRACK")]
    pub(crate) track: Option<String>,
    /// What else is chosen before it begins; may be repeated, or A,B
    #[arg(long, short, value_name = "CONDITION", value_delimiter = ',')]
    pub(crate) condition: Vec<String>,
    /// What the project is called [default: the directory's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) project_name: Option<String>,
    /// Who drives at the start, instead of what the workflow says (see `cm mode --help`)
    #[arg(long, value_name = "MODE", value_parser = cm_types::Mode::WORDS)]
    pub(crate) mode: Option<String>,
    /// Tell the agent that drives this before it begins
    #[arg(long, value_name = "TEXT", conflicts_with = "brief_file")]
    pub(crate) brief: Option<String>,
    /// The same, from a file
    #[arg(long, value_name = "FILE")]
    pub(crate) brief_file: Option<PathBuf>,
    /// Use this engine for every agent, whatever the workflow says
    #[arg(long, short, value_name = "ENGINE")]
    pub(crate) engine: Option<String>,
    /// Use this model for every agent
    #[arg(long, short, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// The project to work in [default: the current directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// How many programs may run at once [default: 16, or as many as the workflow's classes have places]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) jobs: Option<u32>,
    /// What it may use, instead of what the workflow says: 5usd, 200ktok, 30min; may be repeated, or A,B
    #[arg(long, value_name = "BUDGET", value_delimiter = ',')]
    pub(crate) budget: Vec<String>,
    /// Show the steps, how many agents they come to and what they may use; start nothing
    /// (--json: see `cm schema plan`)
    #[arg(long)]
    pub(crate) plan: bool,
    /// What the engine `scripted` plays (see its README)
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

/// Go on with a run that was interrupted, failed, waits, or is paused
///
/// What was finished is not done again. After a failure, what failed is tried again; the
/// workflow may have been edited in the meantime. A run that is paused where another
/// terminal drives it goes on there.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm resume last\n  cm resume k3f9\n  cm resume last --budget +5usd"
)]
pub(crate) struct Resume {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// Let it use so much more: +5usd, +200ktok, +30min; may be repeated, or A,B
    #[arg(long, value_name = "MORE", value_delimiter = ',')]
    pub(crate) budget: Vec<String>,
    /// Go on with the versions that are installed now, not with those it has used so far
    #[arg(long)]
    pub(crate) upgrade: bool,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

/// Cancel a run, from any terminal
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm cancel last")]
pub(crate) struct Cancel {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Run agents of a package, as a script says
///
/// SCRIPT names agents, one after the other with `&&`, at the same time with `&`. Each may
/// get files and something to do, and say so much of its answer's end as `tail` keeps. What
/// each one said is printed under its name.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm run-agents \"planner 'add a login page' && builder\"\n  cm run-agents \"a[input:x.md;y.md,tail:50] 'do it' & b && c\" --package ./team\n\nExit codes:\n  0 all were done   1 one failed   2 bad usage   130 interrupted"
)]
pub(crate) struct RunAgents {
    /// Which agents, in which order, with what
    #[arg(value_name = "SCRIPT")]
    pub(crate) agents: String,
    /// The package with the agents: a directory or an installed one
    #[arg(long, short, value_name = "PACKAGE", default_value = ".")]
    pub(crate) package: String,
    /// Use this engine for every agent
    #[arg(long, short, value_name = "ENGINE")]
    pub(crate) engine: Option<String>,
    /// Use this model for every agent
    #[arg(long, short, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// The project to work in [default: the current directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// How many programs may run at once
    #[arg(long, short, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) jobs: u32,
    /// What the engine `scripted` plays (see its README)
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
}
