//! One file a command; each does what its help text says.

mod cancel;
mod check;
mod completions;
mod conduct;
mod demo;
mod engines;
mod install;
mod list;
mod logs;
mod remove;
mod reply;
mod resume;
mod run;
mod runs;
mod schema;
mod show;
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
        Command::Reply(arguments) => reply::run(arguments),
        Command::Cancel(arguments) => cancel::run(arguments),
        Command::Runs(arguments) => runs::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Logs(arguments) => logs::run(arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Engines(arguments) => engines::run(&arguments),
        Command::Install(arguments) => install::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Remove(arguments) => remove::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
