use docker_credential::{CredentialRetrievalError, DockerCredential};

use crate::Error;

/// Who one is to a registry.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A name and a password.
    Password {
        /// The name.
        user: String,
        /// The password, or a token that stands for one.
        password: String,
    },
    /// A token that the registry exchanges for others.
    Identity(String),
    /// A token that is sent as it is.
    Bearer(String),
}

impl std::fmt::Debug for Credentials {
    /// Without the secret: debug output ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Password { user, .. } => write!(f, "Password({user})"),
            Self::Identity(_) => f.write_str("Identity"),
            Self::Bearer(_) => f.write_str("Bearer"),
        }
    }
}

impl Credentials {
    /// What Docker's configuration, with its helpers, has for exactly this host.
    pub(super) fn of_docker(host: &str) -> Result<Option<Self>, Error> {
        match docker_credential::get_credential(host) {
            Ok(DockerCredential::UsernamePassword(user, password)) => {
                Ok(Some(Self::Password { user, password }))
            }
            Ok(DockerCredential::IdentityToken(token)) => Ok(Some(Self::Identity(token))),
            Err(
                CredentialRetrievalError::NoCredentialConfigured
                | CredentialRetrievalError::ConfigNotFound,
            ) => Ok(None),
            // The crate says the same of a missing file and of one it cannot read.
            Err(CredentialRetrievalError::ConfigReadError) if !has_config() => Ok(None),
            Err(CredentialRetrievalError::HelperFailure { stdout, .. })
                if stdout.contains("credentials not found") =>
            {
                Ok(None)
            }
            Err(error) => Err(Error::Credentials {
                host: host.to_owned(),
                why: error.to_string().trim().to_owned(),
            }),
        }
    }
}

fn has_config() -> bool {
    let home = || std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".docker"));
    let directory = std::env::var_os("DOCKER_CONFIG")
        .map(Into::into)
        .or_else(home);
    directory.is_some_and(|directory: std::path::PathBuf| directory.join("config.json").exists())
}
