use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, builder::styling};

/// Workflows of AI coding agents, installed like packages and run like programs.
#[derive(Debug, Parser)]
#[command(
    name = "cm",
    version,
    propagate_version = true,
    styles = STYLES,
    max_term_width = 100,
    after_help = "Start here:\n  cm demo                 watch a workflow fix a failing test, without any login\n  cm engines              which agents are installed, and what is missing\n  cm run ./my-workflow    run a workflow on this project"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const STYLES: styling::Styles = styling::Styles::styled()
    .header(styling::AnsiColor::Green.on_default().bold())
    .usage(styling::AnsiColor::Green.on_default().bold())
    .literal(styling::AnsiColor::Cyan.on_default().bold())
    .placeholder(styling::AnsiColor::Cyan.on_default());

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(Run),
    Resume(Resume),
    Reply(Reply),
    Cancel(Cancel),
    Runs(Runs),
    Show(Show),
    Logs(Logs),
    Check(Check),
    Engines(Engines),
    Install(Install),
    List(List),
    Remove(Remove),
    Demo(Demo),
    Schema(Schema),
    Completions(Completions),
}

/// Where a project is.
#[derive(Args, Debug)]
pub(crate) struct Where {
    /// The project's directory [default: the current one, or the nearest above it with runs]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// How a run is shown and answered.
#[derive(Args, Debug)]
pub(crate) struct Manner {
    /// Print the journal's events as JSON, one a line (see `cm schema events`)
    #[arg(long)]
    pub(crate) json: bool,
    /// Answer every question with its default, or its first choice
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// Run a workflow on a project
///
/// WORKFLOW is a directory with a `workflow.yaml`, such a file itself, or the name of an
/// installed package. Everything that happens is kept in `.codemachine/` in the project,
/// so the run can be stopped at any moment and resumed.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm run ./review-and-fix\n  cm run fix-tests --engine codex --dir ~/src/app\n  cm run release.yaml --spec plan.md --yes --json > events.ndjson\n\nExit codes:\n  0 done   1 failed   2 bad usage   3 cancelled   4 waiting for a person   130 interrupted"
)]
pub(crate) struct Run {
    /// What to run: a directory, a file, or an installed package
    pub(crate) workflow: String,
    /// A specification; workflows see its text as {specification}
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// Use this engine for every agent, whatever the workflow says
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
    #[command(flatten)]
    pub(crate) manner: Manner,
}

/// Go on with a run that was interrupted, failed, or waits
///
/// What was finished is not done again. After a failure, what failed is tried again; the
/// workflow may have been edited in the meantime.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm resume last\n  cm resume k3f9")]
pub(crate) struct Resume {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) place: Where,
    #[command(flatten)]
    pub(crate) manner: Manner,
}

/// Answer a question of a run, from any terminal
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm reply last ship\n  cm reply k3f9 \"use PostgreSQL\" --step database"
)]
pub(crate) struct Reply {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// The answer
    pub(crate) answer: String,
    /// The step that asks, when several do
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Cancel a run, from any terminal
#[derive(Args, Debug)]
pub(crate) struct Cancel {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    #[command(flatten)]
    pub(crate) place: Where,
}

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
    /// Print the journal's events as JSON, one a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Check a package before it is run: nothing is started, nothing is spent
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm check .\n  cm check ./review-and-fix --json")]
pub(crate) struct Check {
    /// A package's directory, or a workflow file
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Print JSON (see `cm schema check`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the engines: installed or not, signed in or not, and how to fix it
#[derive(Args, Debug)]
pub(crate) struct Engines {
    /// Only this one
    pub(crate) engine: Option<String>,
    /// Print JSON (see `cm schema engines`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// Install a package from a directory
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm install ./review-and-fix\n  cm run review-and-fix")]
pub(crate) struct Install {
    /// The package's directory
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Replace the same version with other content, or a first-party package
    #[arg(long)]
    pub(crate) force: bool,
    /// Do not ask before a package with capabilities is installed
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// List installed and first-party packages
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Print JSON (see `cm schema list`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// Remove an installed package
#[derive(Args, Debug)]
pub(crate) struct Remove {
    /// NAME, or NAME@VERSION for one of several
    pub(crate) name: String,
}

/// Watch a workflow fix a failing test in a small project
///
/// Makes a project in a temporary directory, runs the first-party workflow `fix-tests`
/// on it, kills it half way, and resumes it. Needs no login: the engine is `scripted`
/// unless another one is named.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm demo\n  cm demo --engine claude")]
pub(crate) struct Demo {
    /// Use a real engine
    #[arg(long, short, value_name = "ENGINE", default_value = "scripted")]
    pub(crate) engine: String,
    /// Use this model for every agent
    #[arg(long, short, value_name = "MODEL")]
    pub(crate) model: Option<String>,
}

/// Print the JSON Schema of an output or a file
#[derive(Args, Debug)]
pub(crate) struct Schema {
    /// What
    #[arg(value_enum)]
    pub(crate) what: SchemaOf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum SchemaOf {
    /// The events of `cm run --json` and `cm logs --json`
    Events,
    /// `cm runs --json`
    Runs,
    /// `cm show --json`
    Show,
    /// `cm engines --json`
    Engines,
    /// `cm list --json`
    List,
    /// `cm check --json`
    Check,
    /// A package's cm.toml
    Package,
    /// workflow.yaml
    Workflow,
    /// The front matter of agents/*.md
    Agent,
}

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm completions bash > ~/.local/share/bash-completion/completions/cm\n  cm completions zsh > ~/.zfunc/_cm\n  cm completions fish > ~/.config/fish/completions/cm.fish"
)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}
