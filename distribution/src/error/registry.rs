use super::words::words;

/// Why a registry did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The registry wants to know who is asking, or does not believe it.
    #[error("{source_name} {}", if *.known { "does not accept the credentials for it (401)" } else { "wants credentials (401)" })]
    Unauthorized {
        /// The registry.
        source_name: String,
        /// Its host.
        host: String,
        /// Whether credentials were sent.
        known: bool,
    },
    /// The registry knows who is asking and says no.
    #[error("{source_name} does not allow to {action} (403){}", words(.said))]
    Forbidden {
        /// The registry.
        source_name: String,
        /// What was tried.
        action: String,
        /// The registry's own words.
        said: String,
    },
    /// Too many requests.
    #[error("{source_name} has had too many requests (429){}", .wait.as_ref().map_or(String::new(), |wait| format!("; it asks to wait for {wait}")))]
    Busy {
        /// The registry.
        source_name: String,
        /// As it says it.
        wait: Option<String>,
    },
    /// The registry has a fault.
    #[error("{source_name} failed to {action} ({status}){}", words(.said))]
    Server {
        /// The registry.
        source_name: String,
        /// What was tried.
        action: String,
        /// The HTTP status.
        status: u16,
        /// The registry's own words.
        said: String,
    },
    /// An answer that makes no sense.
    #[error("{source_name} does not speak like a registry: {why}")]
    Protocol {
        /// The registry.
        source_name: String,
        /// What is wrong.
        why: String,
    },
    /// Nobody there.
    #[error("{source_name} cannot be reached: {why}")]
    Unreachable {
        /// The registry.
        source_name: String,
        /// What the network said.
        why: String,
    },
}

impl RegistryError {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "unauthorized",
            Self::Forbidden { .. } => "forbidden",
            Self::Busy { .. } => "too-many-requests",
            Self::Server { .. } => "registry-fault",
            Self::Protocol { .. } => "not-a-registry",
            Self::Unreachable { .. } => "unreachable",
        }
    }

    /// Whether the same may work a little later.
    pub(super) fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. } | Self::Server { .. } | Self::Unreachable { .. }
        )
    }

    pub(super) fn help(&self) -> String {
        match self {
            Self::Unauthorized { host, known, .. } => {
                let verb = if *known { "renew them" } else { "sign in" };
                format!("{verb} with `cm registry login {host}`, or edit ~/.docker/config.json")
            }
            Self::Forbidden { .. } => "ask who runs the registry for the right to do this".into(),
            Self::Busy { .. } => "wait a little, then run the command again".into(),
            Self::Server { .. } => {
                "try again later; if it stays so, tell who runs the registry".into()
            }
            Self::Protocol { .. } => "look at the address of the registry".into(),
            Self::Unreachable { .. } => {
                "look at the network and the address; `--offline` uses what is on this machine"
                    .into()
            }
        }
    }
}
