//! The core, without anything around it.

mod dice;
mod edits;
mod journal;
mod program;
mod simulation;
mod world;
