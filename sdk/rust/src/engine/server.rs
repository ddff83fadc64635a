//! Servers of the Model Context Protocol that a request names.

use super::McpServer;

/// How long the host's own tools may take, in seconds. One of them waits for a
/// person, and people sleep.
pub const HOST_PATIENCE_S: u32 = 24 * 60 * 60;

/// How long the host's own server may take to start, in seconds: far more than it
/// needs, as a machine may be busy.
pub const HOST_START_S: u32 = 60;

impl McpServer {
    /// The name of the host's own server. What it offers in a turn was granted to that
    /// turn: its tools need no further permission, at any level.
    pub const HOST: &'static str = "cm";

    /// A server without arguments and environment, of which everything may be used.
    pub fn new(name: &str, command: &str) -> Self {
        Self {
            name: name.to_owned(),
            command: command.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            only: Vec::new(),
            exclude: Vec::new(),
        }
    }

    /// Whether this is the host's own server.
    pub fn is_host(&self) -> bool {
        self.name == Self::HOST
    }

    /// A server's or a tool's name as programs write it into the names of tools:
    /// whatever is no letter, digit, `_` or `-` becomes `_`.
    pub fn plain(name: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        name.chars()
            .map(|c| if plain(c) { c } else { '_' })
            .collect()
    }
}
