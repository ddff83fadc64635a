//! One file a command; each does what its help text says.

mod approve;
mod artifacts;
mod cancel;
mod check;
mod completions;
mod conduct;
mod demo;
mod direct;
mod engines;
mod fresh;
mod install;
mod list;
mod logs;
mod mcp;
mod mode;
mod order;
mod parked;
mod pause;
mod remove;
mod reply;
mod resume;
mod run;
mod run_agents;
mod runs;
mod schema;
mod show;
mod state;
mod talk;
mod target;
mod workflow;

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
        Command::Runs(arguments) => runs::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Logs(arguments) => logs::run(arguments),
        Command::Artifacts(arguments) => artifacts::run(&arguments),
        Command::State(arguments) => state::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Engines(arguments) => engines::run(&arguments),
        Command::Install(arguments) => install::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Remove(arguments) => remove::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Mcp(arguments) => mcp::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
