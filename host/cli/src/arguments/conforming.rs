use std::path::PathBuf;

use clap::Args;

use super::Where;

/// Check that an engine's adapter keeps the contract, by what its real program printed
///
/// Plays recorded turns through the adapter in every way in which the world can bring
/// them: cut anywhere, cut off, with foreign lines between, twice. No program is started
/// and nothing is spent. The turns are in a file `conformance.json` (see `cm schema
/// cases`); without one, only what holds for every adapter is checked.
///
/// With --live the program itself is started: it answers, edits a file, goes on with a
/// conversation, is cancelled, and meets a limit. It has a home of its own, and asks a
/// model server on this machine: your account is not used, and nothing is spent.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm conform ./my-engine\n  cm conform my-engine.wasm --cases conformance.json --junit report.xml\n  cm conform --live claude"
)]
pub(crate) struct Conform {
    /// A package's directory, a component's file, or an installed engine
    #[arg(value_name = "ADAPTER")]
    pub(crate) adapter: String,
    /// The file with the recorded turns [default: conformance.json beside the adapter]
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Option<PathBuf>,
    /// Have the engine's program on this machine work, with a script in the place of its model
    #[arg(long, conflicts_with_all = ["cases", "bless"])]
    pub(crate) live: bool,
    /// Write what comes of the recorded turns into the files that say what must
    #[arg(long, conflicts_with_all = ["junit", "json"])]
    pub(crate) bless: bool,
    /// Write a report in the format of JUnit, for a CI service
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Print JSON (see `cm schema conform`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// Decode recorded turns again, with another version of an engine's adapter
///
/// Runs keep what the engines' programs printed. This shows what another adapter makes of
/// it: events, tokens and results that come out otherwise. Nothing is started and nothing
/// is changed. The exit code is 1 when something differs.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm redecode last\n  cm redecode last --with ./claude-next\n  cm redecode --since 2026-10-01 --with claude.wasm --json"
)]
pub(crate) struct Redecode {
    /// The run: its id, the beginning of it, or `last` [default: all runs of the project]
    pub(crate) run: Option<String>,
    /// Only runs that were begun on this day or later
    #[arg(long, value_name = "DATE", conflicts_with = "run")]
    pub(crate) since: Option<jiff::civil::Date>,
    /// The adapter: a package's directory, a component's file, or an installed engine
    /// [default: the one that is installed for the turn's engine]
    #[arg(long, value_name = "ADAPTER")]
    pub(crate) with: Option<String>,
    /// Print JSON (see `cm schema redecode`)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Run a real engine once, and keep what its program printed as a case
///
/// One turn in the current project; it costs what a turn costs. What the program printed
/// and how it ended is added to `conformance.json`, with your keys and directories hidden,
/// for `cm conform` to play.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm record claude \"Say hello\" --as plain --into ./my-engine\n  cm record codex \"Write a.txt\" --as denied --permissions read-only"
)]
pub(crate) struct Record {
    /// The engine
    pub(crate) engine: String,
    /// What it is asked
    pub(crate) prompt: String,
    /// What the case is called
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) name: String,
    /// The directory with conformance.json
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) into: PathBuf,
    /// The model
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// The reasoning effort
    #[arg(long)]
    pub(crate) effort: Option<String>,
    /// How far the agent may go: read-only, workspace-write or full
    #[arg(long, value_name = "LEVEL")]
    pub(crate) permissions: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
}
