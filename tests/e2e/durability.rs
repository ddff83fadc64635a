//! A run is its journal: whatever ends `cm`, `cm resume` goes on where it was.

mod edited;
mod interrupted;
mod journal;
mod killed;
mod large;
mod living;
mod strays;
mod terminal;
mod together;
