//! The core, without anything around it.

mod budget;
mod classes;
mod clerk;
mod dice;
mod driven;
mod edits;
mod gates;
mod holds;
mod journal;
mod limits;
mod pins;
mod program;
mod redo;
mod shared;
mod simulation;
mod spending;
mod wishes;
mod world;
