//! The `cm` program, from its command line, through its real binary.
mod bad_input;
mod commands;
mod documents;
mod durability;
mod flows;
mod hostile;
mod house;
mod output;
mod real_engines;
mod support;
