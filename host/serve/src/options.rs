use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use crate::Tokens;

/// How a registry is served.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// Who may do what. None: whoever reaches it may do everything, so it listens
    /// on this machine alone.
    pub tokens: Option<Tokens>,
    /// With tokens: whether reading needs none.
    pub anonymous_read: bool,
    /// Nobody may publish, whatever their token says.
    pub read_only: bool,
    /// The address that people reach it by, for the commands that pages show. None:
    /// the one that the browser used.
    pub public_url: Option<String>,
    /// What nobody may exceed.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 5000)),
            tokens: None,
            anonymous_read: false,
            read_only: false,
            public_url: None,
            limits: Limits::default(),
        }
    }
}

/// What nobody may exceed.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once; more wait.
    pub connections: usize,
    /// Connections at once from one other machine; more are closed.
    pub connections_of_one: usize,
    /// Until the head of a request is there; also how long a connection may idle.
    pub head: Duration,
    /// In which nothing moves, in a body that comes or goes.
    pub silence: Duration,
    /// Bytes a second that a body comes with, on average, after the first `silence`.
    pub slowest: u64,
    /// The life of a connection.
    pub connection: Duration,
    /// The head of a request, in bytes.
    pub head_bytes: usize,
    /// A blob, in bytes.
    pub blob_bytes: u64,
    /// Uploads that are begun and not done, of all clients.
    pub uploads: usize,
    /// Bytes that are uploaded and belong to no version yet, of all clients.
    pub staged_bytes: u64,
    /// How long these are kept.
    pub staged: Duration,
    /// Artifacts about one artifact; clients read no more than 256.
    pub referrers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            connections_of_one: 64,
            head: Duration::from_secs(20),
            silence: Duration::from_secs(30),
            slowest: 4 << 10,
            connection: Duration::from_secs(3600),
            head_bytes: 32 << 10,
            // The largest layer of a package, with some room.
            blob_bytes: cm_registry::MAX_PACKAGE_BYTES + (32 << 20),
            uploads: 256,
            staged_bytes: 8 << 30,
            staged: Duration::from_secs(24 * 3600),
            referrers: 200,
        }
    }
}
