//! What can go wrong around a socket.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why there is no connection, or no answer.
#[derive(Debug, Error)]
pub enum McpError {
    /// The operating system keeps a socket's path in a field of fixed size.
    #[error(
        "the path of the socket {} is {length} bytes long, and the operating system allows \
         {longest}; set TMPDIR to a directory with a shorter path", path.display()
    )]
    LongPath {
        /// The path.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
        /// The most that is possible everywhere.
        longest: usize,
    },
    /// The server's socket.
    #[error("the socket {} cannot be opened for the agent's tools: {source}", path.display())]
    Open {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A client's connection.
    #[error(
        "nobody offers tools at {}: {source}; the socket is there only as long as the turn or \
         the command for which CM_MCP was set is at work", path.display()
    )]
    Connect {
        /// The socket.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The other side does not speak as it should, or is gone.
    #[error(
        "the connection to {} ended before there was an answer: {reason}; the turn or the command \
         that it belongs to is probably over", path.display()
    )]
    Lost {
        /// The socket.
        path: PathBuf,
        /// What was seen.
        reason: String,
    },
    /// The server understood, and will not.
    #[error("the server at {} refused: {reason}", path.display())]
    Refused {
        /// The socket.
        path: PathBuf,
        /// In its words.
        reason: String,
    },
    /// The pipes of the bridge.
    #[error("the connection to {} was interrupted: {source}", path.display())]
    Bridge {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
