//! The floor under every command: a program that does nothing.

fn main() {}
