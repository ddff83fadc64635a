//! Requests over HTTP, for adapters whose model has no program around it.
//!
//! A request goes to one [`Address`] and nowhere else: a redirect is a failure, since a
//! key that was meant for one host must not reach another. Its secrets are filled in
//! here and taken out of all that comes back, so neither a guest nor a recording ever
//! holds them. The answer comes in pieces, at the pace of the reader.

mod address;
mod exchange;
mod failure;
mod redact;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig},
};

pub use address::{Address, AddressError};
pub use exchange::{Answer, Exchange};
pub use redact::Redactor;

/// One request.
#[derive(Debug)]
pub struct Ask {
    /// `GET` or `POST`.
    pub method: String,
    /// Where it goes.
    pub address: Address,
    /// Headers without secrets.
    pub headers: Vec<(String, String)>,
    /// Headers with secrets.
    pub secrets: Vec<SecretHeader>,
    /// What is sent.
    pub body: Vec<u8>,
    /// Waits so long before it is sent.
    pub wait: Duration,
    /// How far the answer may go.
    pub limits: AskLimits,
    /// The environment variable in which another address may be set, for messages.
    pub variable: Option<String>,
}

/// A header that holds a secret.
#[derive(Clone)]
pub struct SecretHeader {
    /// Its name.
    pub name: String,
    /// What stands before the secret.
    pub prefix: String,
    /// The secret.
    pub secret: String,
}

/// The secret is in no log.
impl std::fmt::Debug for SecretHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretHeader")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// How far an answer may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskLimits {
    /// For a connection to be made.
    pub connect: Duration,
    /// Between two signs of life. Models think silently, so this is long.
    pub idle: Duration,
    /// For all of it.
    pub total: Duration,
    /// Bytes of the answer's body.
    pub body: u64,
}

impl Default for AskLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            idle: Duration::from_secs(10 * 60),
            total: Duration::from_secs(2 * 60 * 60),
            body: 64 * 1024 * 1024,
        }
    }
}

/// What sends requests, and keeps connections between them.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// A client without connections.
    pub fn new() -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            // The system's: companies put their own authorities there.
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("cm/", env!("CARGO_PKG_VERSION")))
            .max_response_header_size(64 * 1024)
            .build()
            .new_agent();
        Self { agent }
    }

    /// Sends a request. An exchange that is dropped on its way closes its connection,
    /// and the client with it.
    pub fn send(&self, ask: Ask) -> Exchange {
        Exchange::new(self.agent.clone(), ask)
    }

    /// An exchange that comes to nothing, for this reason, without a request.
    pub fn refuse(&self, why: cm_types::Failure) -> Exchange {
        Exchange::refused(self.agent.clone(), why)
    }
}
