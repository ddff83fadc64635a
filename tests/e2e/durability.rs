//! A run is its journal: whatever ends `cm`, `cm resume` goes on where it was.

mod apart;
mod edited;
mod interrupted;
pub(crate) mod journal;
mod killed;
mod large;
pub(crate) mod living;
mod long;
mod many;
mod strays;
pub(crate) mod terminal;
mod together;
mod witness;
