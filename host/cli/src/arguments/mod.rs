//! What can be typed.

mod answer;
mod asking;
mod conforming;
mod getting;
mod groups;
mod look;
mod making;
mod more;
mod packages;
mod redo;
mod registries;
mod run;
mod trusting;

use std::path::PathBuf;

use clap::{Args, FromArgMatches as _, Parser, Subcommand, builder::styling};

pub(crate) use answer::{Approve, Back, Mode, Next, Pause, Reject, Reply, Revise, Skip, Talk};
pub(crate) use asking::{Info, List, Outdated, Search, Tree, Why};
pub(crate) use conforming::{Conform, Record, Redecode};
pub(crate) use getting::{Add, Install, Remove, Update};
pub(crate) use look::{Artifacts, Gc, Inbox, Logs, Runs, Show, State};
pub(crate) use making::{Build, Keys, KeysAction, New, Pack, Publish, Template, Yank};
pub(crate) use more::{Completions, Demo, Mcp, McpAction, Schema, SchemaOf};
pub(crate) use packages::{Check, Engines, EnginesAction, LoginEngine};
pub(crate) use redo::{Diff, Fork, Rerun};
pub(crate) use registries::{
    AddRegistry, Cache, CacheAction, Login, MakeToken, Mirror, Registry, RegistryAction, Serve,
};
pub(crate) use run::{Cancel, Resume, Run, RunAgents};
pub(crate) use trusting::{Accept, Audit, Forget, Namespace, Trust, TrustAction, Verify};

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
    Rerun(Rerun),
    Fork(Fork),
    Pause(Pause),
    Mode(Mode),
    Cancel(Cancel),
    RunAgents(RunAgents),
    Reply(Reply),
    Next(Next),
    Skip(Skip),
    Back(Back),
    Approve(Approve),
    Reject(Reject),
    Revise(Revise),
    Talk(Talk),
    Inbox(Inbox),
    Runs(Runs),
    Show(Show),
    Logs(Logs),
    Diff(Diff),
    Artifacts(Artifacts),
    State(State),
    Gc(Gc),
    New(New),
    Check(Check),
    Conform(Conform),
    Record(Record),
    Redecode(Redecode),
    Build(Build),
    Pack(Pack),
    Publish(Publish),
    Yank(Yank),
    Keys(Keys),
    Engines(Engines),
    Install(Install),
    Add(Add),
    Update(Update),
    Outdated(Outdated),
    Remove(Remove),
    List(List),
    Info(Info),
    Search(Search),
    Tree(Tree),
    Why(Why),
    Registry(Registry),
    Mirror(Mirror),
    Trust(Trust),
    Audit(Audit),
    Verify(Verify),
    Cache(Cache),
    Demo(Demo),
    Mcp(Mcp),
    Schema(Schema),
    Completions(Completions),
}

impl Arguments {
    /// What was typed; help and mistakes end the program here.
    pub(crate) fn of_this_process() -> Self {
        // The list of commands is only made for who is going to see it.
        let first = std::env::args_os().nth(1);
        let lists =
            first.is_none_or(|first| ["help", "-h", "--help"].iter().any(|it| first == *it));
        let command = match lists {
            true => Self::described(),
            false => <Self as clap::CommandFactory>::command(),
        };
        let matches = command.get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// The program, with its commands listed by what they are for.
    pub(crate) fn described() -> clap::Command {
        groups::listed(<Self as clap::CommandFactory>::command(), &STYLES)
    }
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
    /// Answer every question with its default, or its first choice, and approve everything
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::described().debug_assert();
    }
}
