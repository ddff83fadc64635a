//! The journal as its users see it, and what becomes of it when things break.

mod append;
mod blobs;
mod child;
mod crash;
mod damage;
mod full;
mod lease;
mod opening;
mod payload;
mod read_only;
mod sample;
mod tally;
mod waiting;
