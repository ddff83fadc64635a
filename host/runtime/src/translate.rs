//! Between the generated types and the project's own. One file for each noun.

mod base;
mod controller;
mod engine;
mod event;
mod outline;
mod work;
