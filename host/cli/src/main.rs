//! `cm`: captures the way a person drives AI coding agents, and runs it for ever.

#[macro_use]
mod say;

mod arguments;
mod briefing;
mod commands;
mod conversation;
mod embedded;
mod exit;
mod inbox;
mod making;
mod packaging;
mod person;
mod place;
mod preparation;
mod trouble;
mod view;

use std::process::ExitCode;

use arguments::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::of_this_process();
    view::colour::set_up();
    match commands::run(arguments) {
        Ok(exit) => exit.into(),
        Err(trouble) => trouble.report(),
    }
}
