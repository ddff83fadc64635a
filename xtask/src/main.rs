//! The build's own commands: `cargo xtask --help`.
//!
//! Everything that is needed beyond Rust's stable toolchain is found or fetched
//! into `target/`; nothing is installed on the system, save that rustup is asked
//! to add the wasm target.

mod apt;
mod contract;
mod debian;
mod docker;
mod encode;
mod engines;
mod evolution;
mod failure;
mod fuzz;
mod guests;
mod host;
mod house;
mod lint;
mod npm;
mod packages;
mod pip;
mod program;
mod progress;
mod suite;
mod toolchain;
mod tools;
mod wit;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    failure::{Failure, Outcome},
    house::House,
    progress::Progress,
    toolchain::Source,
};

/// Builds, tests and checks cm.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    /// Where the toolchain for guests comes from; by default the first that is
    /// there or can be fetched. CM_WASM_TOOLCHAIN says the same.
    #[arg(long, global = true, value_enum)]
    toolchain: Option<Source>,
    /// Whatever is skipped makes the command fail.
    #[arg(long, global = true)]
    no_skip: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the guests in Rust to target/guests/NAME.wasm.
    Guests {
        /// Only these, for example `claude` or `contract/rust-step`.
        names: Vec<String>,
    },
    /// Build the contract's guests in JavaScript and Python.
    Contract,
    /// Check that the contract in wit/ is compatible with its releases.
    Wit {
        /// Freeze the versions that are not released yet below wit/released.
        #[arg(long)]
        release: bool,
    },
    /// Install the real engine programs for the tests (1.1 GB) into
    /// target/engines, or CM_ENGINES_DIR.
    Engines,
    /// Build the guests and the host.
    Build,
    /// Build, then run `cm demo`.
    Demo {
        /// For `cm demo`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build everything and run every test.
    Test {
        /// For `cargo test`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check form, lints, documentation and licences.
    Lint {
        /// Install cargo-deny into target/tools when it is missing (takes minutes).
        #[arg(long)]
        deny: bool,
    },
    /// Fuzz the decoders of the engines.
    Fuzz {
        /// How long each of them is fuzzed.
        #[arg(long, default_value_t = 20)]
        seconds: u32,
        /// Only these, for example `claude`.
        names: Vec<String>,
    },
    /// Build everything and run the benchmarks.
    Bench,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let progress = Progress::new(arguments.no_skip);
    let result = run(arguments, &progress);
    // Said in any case: after a failure too it matters what was not looked at.
    let complete = progress.end();
    match result {
        Ok(()) if complete => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments, progress: &Progress) -> Outcome {
    let house = House::find();
    let source = source(arguments.toolchain)?;
    match arguments.command {
        Command::Guests { names } => guests::build(&house, progress, source, &names),
        Command::Contract => contract::build(&house, progress),
        Command::Wit { release: false } => wit::check(&house, progress),
        Command::Wit { release: true } => wit::release(&house, progress),
        Command::Engines => engines::install(&house, progress),
        Command::Build => host::build(&house, progress, source).map(|_| ()),
        Command::Demo { arguments } => host::demo(&house, progress, source, &arguments),
        Command::Test { arguments } => suite::test(&house, progress, source, &arguments),
        Command::Lint { deny } => lint::check(&house, progress, deny),
        Command::Fuzz { seconds, names } => fuzz::run(&house, progress, seconds, &names),
        Command::Bench => host::bench(&house, progress, source),
    }
}

/// What was asked for on the command line, or else in the environment.
fn source(asked: Option<Source>) -> Outcome<Option<Source>> {
    let Ok(word) = std::env::var("CM_WASM_TOOLCHAIN") else {
        return Ok(asked);
    };
    if asked.is_some() || word.is_empty() {
        return Ok(asked);
    }
    Source::from_str(&word, false)
        .map(Some)
        .map_err(|error| Failure::Wrong(format!("CM_WASM_TOOLCHAIN: {error}")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
