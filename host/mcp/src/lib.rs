//! The room for the Model Context Protocol: what an agent may ask of the host while
//! its turn is at work.
//!
//! A [`Server`] offers a [`Toolbox`] on a unix socket in a private directory. The
//! agent's program cannot open sockets of its own accord; it starts a program and
//! speaks through its pipes, so that `cm mcp` is a [`bridge`] between the two.
//! [`list`] and [`call`] are the same for scripts and people.
//!
//! This room knows the protocol and no tool: what the tools are, who may call them
//! and what they do is decided by the toolbox. What comes through the socket is
//! written by an agent; whatever it is, it costs no more than its own connection.

mod answer;
mod bridge;
mod client;
mod connection;
mod error;
mod limited;
mod server;
mod session;
mod toolbox;

pub use bridge::{bridge, bridge_between};
pub use client::{call, list};
pub use error::McpError;
pub use server::Server;
pub use toolbox::{Answer, Tool, Toolbox};

/// The longest message that is read, in bytes. Longer ones end the connection.
pub const LONGEST_MESSAGE: usize = 8 << 20;
