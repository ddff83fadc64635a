//! The interpreter: a workflow, step by step, over a [`Host`].
//!
//! It decides nothing but the order. The same answers of the host lead to the
//! same calls, so that a run can be rebuilt from its journal.
//!
//! `interpreter` walks over the blocks of the list of steps (see `graph`); `plan` takes
//! a block apart into what is done and what waits for what, and `crew` drives all of
//! it. A step at work is a `member`, which says after each task what it wants next; what
//! was done in copies of the project is brought back by a `merger`. What turns tell the
//! workflow is in `directive`, where the run may go from a step in `way` and `passing`.

mod branch;
mod chain;
mod conversation;
mod course;
mod crew;
mod directive;
mod errand;
mod files;
mod gate;
mod grants;
mod group;
mod handover;
mod holding;
mod host;
mod interpreter;
mod marks;
mod member;
mod mend;
mod merger;
mod merging;
mod opening;
mod outcome;
mod passing;
mod plan;
mod prompt;
mod release;
mod render;
mod results;
mod schema;
mod selection;
mod sessions;
mod speak;
mod way;
mod worker;

pub use host::Host;

use cm_sdk::workflow::{Error, failure, invalid};

use crate::check;
use crate::problem::Problems;
use crate::read::{self, Files};

/// Reads the package, refuses it when something is wrong, and runs it. The
/// result is the output of the last step.
pub fn run<H: Host + Files>(host: &H, entry: &str) -> Result<String, Error> {
    let mut problems = Problems::new(entry);
    let package = read::package(host, entry, &mut problems);
    if let Some(package) = &package {
        check::package(package, &mut problems);
    }
    let fatal: Vec<_> = problems
        .into_sorted()
        .into_iter()
        .filter(|problem| problem.fatal)
        .collect();
    match (package, fatal.as_slice()) {
        (Some(package), []) => interpreter::Interpreter::new(host, &package).run(),
        (_, [first, others @ ..]) => {
            let more = match others.len() {
                0 => String::new(),
                1 => "; there is 1 more problem".into(),
                number => format!("; there are {number} more problems"),
            };
            let mut failure = failure(
                "invalid-workflow",
                format!("the workflow cannot run: {first}{more}"),
            );
            let all: Vec<_> = fatal.iter().map(ToString::to_string).collect();
            failure.details = Some(all.join("\n"));
            Err(Error::Invalid(failure))
        }
        (None, []) => Err(invalid(
            "invalid-workflow",
            format!("the workflow `{entry}` cannot be read"),
        )),
    }
}
