//! The runtime against guests that misbehave, and some that do not.

mod cache;
mod flow;
mod guests;
mod hostile;
mod link;
mod sandbox;
