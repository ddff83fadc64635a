//! A registry for a team: the OCI Distribution protocol (1.1) over a directory in
//! the form of an OCI image layout, and web pages that show what is in it.
//!
//! The directory stays an ordinary one: several servers and `cm publish` may write
//! it at once, and any copy of it is a registry too. Nothing of a package is ever
//! executed, and nothing enters the layout before it is whole and verified.

mod access;
mod answer;
mod body;
mod error;
mod fault;
mod handler;
mod oci;
mod options;
mod pace;
mod query;
mod receive;
mod route;
mod server;
mod shelf;
#[cfg(test)]
mod tests;
mod tokens;
mod web;

pub use error::Error;
pub use options::{Limits, Options};
pub use server::{Server, serve};
pub use tokens::{Access, Token, Tokens};
