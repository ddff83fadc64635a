//! The core, without anything around it.

mod dice;
mod driven;
mod edits;
mod gates;
mod holds;
mod journal;
mod program;
mod shared;
mod simulation;
mod world;
