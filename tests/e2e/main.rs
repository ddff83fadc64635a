//! The `cm` program, from its command line, through its real binary.
mod bad_input;
mod commands;
mod comparison;
mod documents;
mod driving;
mod durability;
mod examples;
mod flows;
mod hostile;
mod house;
mod language;
mod output;
mod real_engines;
mod support;
mod tools;
