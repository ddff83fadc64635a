//! Between the generated types and the project's own. One file for each noun.

mod base;
mod controller;
mod decision;
mod engine;
mod event;
mod grants;
mod outline;
mod work;
