//! One file a command; each does what its help text says.

mod adapters;
mod add;
mod ahead;
mod approve;
mod artifacts;
mod audit;
mod build;
mod cache;
mod cancel;
pub(crate) mod check;
mod completions;
mod conduct;
mod conform;
mod demo;
mod diff;
mod direct;
mod engines;
mod fork;
mod fresh;
mod gc;
pub(crate) mod inbox;
mod info;
mod install;
mod keys;
mod list;
mod login;
mod logs;
mod mcp;
mod mirror;
mod mode;
mod needed;
mod new;
mod order;
mod origin;
mod outdated;
mod pack;
mod parked;
mod pause;
mod plan;
mod publish;
mod record;
mod redecode;
mod registry;
mod remove;
mod reply;
mod rerun;
mod resume;
mod run;
mod run_agents;
mod runs;
mod schema;
mod search;
mod serve;
mod show;
mod state;
mod talk;
mod target;
mod tree;
mod trust;
mod update;
mod verify;
mod versions;
mod why;
pub(crate) mod workflow;
mod yank;

use crate::{
    arguments::{Arguments, Command},
    exit::Exit,
    trouble::Trouble,
};

/// Does what was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<Exit, Trouble> {
    match arguments.command {
        Command::Run(arguments) => run::run(arguments),
        Command::Resume(arguments) => resume::run(arguments),
        Command::Rerun(arguments) => rerun::run(&arguments),
        Command::Fork(arguments) => fork::run(&arguments),
        Command::Pause(arguments) => pause::run(arguments),
        Command::Mode(arguments) => mode::run(&arguments),
        Command::Cancel(arguments) => cancel::run(arguments),
        Command::RunAgents(arguments) => run_agents::run(&arguments),
        Command::Reply(arguments) => reply::run(arguments),
        Command::Next(arguments) => direct::next(arguments),
        Command::Skip(arguments) => direct::skip(arguments),
        Command::Back(arguments) => direct::back(arguments),
        Command::Approve(arguments) => approve::run(&arguments),
        Command::Reject(arguments) => direct::reject(arguments),
        Command::Revise(arguments) => direct::revise(arguments),
        Command::Talk(arguments) => talk::run(arguments),
        Command::Inbox(arguments) => inbox::run(&arguments),
        Command::Runs(arguments) => runs::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Logs(arguments) => logs::run(arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Artifacts(arguments) => artifacts::run(&arguments),
        Command::State(arguments) => state::run(&arguments),
        Command::Gc(arguments) => gc::run(&arguments),
        Command::New(arguments) => new::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Conform(arguments) => conform::run(&arguments),
        Command::Record(arguments) => record::run(&arguments),
        Command::Redecode(arguments) => redecode::run(&arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Pack(arguments) => pack::run(&arguments),
        Command::Publish(arguments) => publish::run(&arguments),
        Command::Yank(arguments) => yank::run(&arguments),
        Command::Keys(arguments) => keys::run(&arguments),
        Command::Engines(arguments) => engines::run(&arguments),
        Command::Install(arguments) => install::run(&arguments),
        Command::Add(arguments) => add::run(&arguments),
        Command::Update(arguments) => update::run(&arguments),
        Command::Outdated(arguments) => outdated::run(&arguments),
        Command::Remove(arguments) => remove::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Info(arguments) => info::run(&arguments),
        Command::Search(arguments) => search::run(&arguments),
        Command::Tree(arguments) => tree::run(&arguments),
        Command::Why(arguments) => why::run(&arguments),
        Command::Registry(arguments) => registry::run(&arguments),
        Command::Mirror(arguments) => mirror::run(&arguments),
        Command::Trust(arguments) => trust::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Cache(arguments) => cache::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Mcp(arguments) => mcp::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
