use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ureq::http::{Method, StatusCode, header};

use super::{Credentials, Remote, challenge::Challenge, http::Ask};
use crate::Error;

/// What a request needs the right to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// To be let in at all.
    Entry,
    Catalog,
    Pull(String),
    Push(String),
    /// Sent as it is, without credentials of the registry.
    Nothing,
}

impl Scope {
    fn text(&self) -> String {
        match self {
            Self::Catalog => "registry:catalog:*".into(),
            Self::Pull(repository) => format!("repository:{repository}:pull"),
            Self::Push(repository) => format!("repository:{repository}:pull,push"),
            Self::Entry | Self::Nothing => String::new(),
        }
    }
}

/// What is known of who one is.
#[derive(Debug, Default)]
pub(super) struct Auth {
    /// Given, or else Docker's; looked up when the registry first asks.
    pub(super) credentials: OnceLock<Option<Credentials>>,
    /// The `Authorization` that worked last.
    headers: Mutex<HashMap<Scope, String>>,
}

impl Auth {
    pub(super) fn known(&self, scope: &Scope) -> Option<String> {
        let headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        headers.get(scope).cloned()
    }

    pub(super) fn forget(&self, scope: &Scope) {
        let mut headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        headers.remove(scope);
    }

    fn remember(&self, scope: &Scope, header: String) {
        let mut headers = self.headers.lock().unwrap_or_else(PoisonError::into_inner);
        headers.insert(scope.clone(), header);
    }
}

impl Remote {
    pub(super) fn credentials(&self) -> Result<Option<&Credentials>, Error> {
        if let Some(known) = self.auth.credentials.get() {
            return Ok(known.as_ref());
        }
        let found = Credentials::of_docker(&self.address.host)?;
        Ok(self.auth.credentials.get_or_init(|| found).as_ref())
    }

    /// The header that answers one of these challenges; none if there is nothing
    /// to answer with.
    pub(super) fn authorize(
        &self,
        challenges: &[String],
        scope: &Scope,
    ) -> Result<Option<String>, Error> {
        let challenges: Vec<_> = challenges
            .iter()
            .filter_map(|it| Challenge::parse(it))
            .collect();
        let bearer = challenges
            .iter()
            .find(|it| matches!(it, Challenge::Bearer { .. }));
        let header = match (bearer, self.credentials()?) {
            (_, Some(Credentials::Bearer(token))) => format!("Bearer {token}"),
            (
                Some(Challenge::Bearer {
                    realm,
                    service,
                    scope: asked,
                }),
                credentials,
            ) => {
                let scope = asked.clone().unwrap_or_else(|| scope.text());
                let token = self.token(realm, service.as_deref(), &scope, credentials)?;
                format!("Bearer {token}")
            }
            (_, Some(Credentials::Password { user, password }))
                if challenges.contains(&Challenge::Basic) =>
            {
                basic(user, password)
            }
            _ => return Err(self.unauthorized(false)),
        };
        self.auth.remember(scope, header.clone());
        Ok(Some(header))
    }

    /// Asks whom the registry names for a token. What is sent there is what the
    /// registry would get itself, so it has to be as safe on the way.
    fn token(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: &str,
        credentials: Option<&Credentials>,
    ) -> Result<String, Error> {
        if !self.address.admits(realm) {
            return Err(self
                .nonsense("it wants credentials to be sent where they would not be safe".into()));
        }
        let mut fields = Vec::new();
        if !scope.is_empty() {
            fields.push(("scope", scope));
        }
        fields.extend(service.map(|service| ("service", service)));
        let action = "give a token";
        let mut answer = match credentials {
            Some(Credentials::Identity(token)) => {
                fields.extend([
                    ("grant_type", "refresh_token"),
                    ("client_id", "cm"),
                    ("refresh_token", token),
                ]);
                let form = form(&fields);
                let mut ask = Ask::new(Method::POST, realm.into(), Scope::Nothing, action)
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                ask.body = Some(form.as_bytes());
                self.once(&ask, realm, None)?
            }
            credentials => {
                let mark = if realm.contains('?') { '&' } else { '?' };
                let url = format!("{realm}{mark}{}", form(&fields));
                let header = match credentials {
                    Some(Credentials::Password { user, password }) => Some(basic(user, password)),
                    _ => None,
                };
                let ask = Ask::new(Method::GET, url.clone(), Scope::Nothing, action);
                self.once(&ask, &url, header.as_deref())?
            }
        };
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(self.unauthorized(credentials.is_some()));
            }
            _ => return Err(self.failed(answer, action)),
        }
        let body = self.body(&mut answer, "the token", 1 << 20)?;
        let read: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let token = read.get("token").or_else(|| read.get("access_token"));
        match token.and_then(|token| token.as_str()) {
            Some(token) if token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Ok(token.to_owned())
            }
            _ => Err(self.nonsense("its token cannot be read".into())),
        }
    }
}

pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Fields as a form or a query.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(key, value)| format!("{key}={}", percent(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn percent(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
