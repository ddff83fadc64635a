//! How things look: words on the terminal, and nothing but words.

pub(crate) mod colour;
pub(crate) mod deciding;
pub(crate) mod difference;
pub(crate) mod figures;
pub(crate) mod late;
pub(crate) mod live;
pub(crate) mod log;
pub(crate) mod modes;
pub(crate) mod out;
pub(crate) mod outcome;
pub(crate) mod permits;
pub(crate) mod plain;
pub(crate) mod proposal;
pub(crate) mod questions;
pub(crate) mod refusal;
pub(crate) mod spending;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod waiting;

use console::style;

/// Something to know that is no reason to stop.
pub(crate) fn notice(message: &str) {
    eprintln!("{} {message}", style("note:").for_stderr().yellow().bold());
}
