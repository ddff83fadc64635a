//! Requests to one registry: who may be asked, with which credentials, how long,
//! and what the answers mean.

use std::{io::Read, time::Duration};

use ureq::{
    Agent, Body,
    http::{Method, Request, Response, StatusCode, header},
    tls::{RootCerts, TlsConfig},
};

use super::{Remote, auth::Scope, failure::shown};
use crate::Error;

pub(super) type Answer = Response<Body>;

/// Nothing for so long is too long.
const SILENCE: Duration = Duration::from_secs(60);
/// A small document takes no longer, however slowly it trickles.
const DOCUMENT: Duration = Duration::from_secs(90);
/// At least so many bytes a second come of a blob, on average.
const SLOWEST: u64 = 8 << 10;
/// A blob may be elsewhere; not around so many corners.
const REDIRECTS: usize = 4;

/// One request.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) scope: Scope,
    pub(super) headers: Vec<(header::HeaderName, String)>,
    pub(super) body: Option<&'a [u8]>,
    /// The size of what comes back, if it may be large; then it may also come from
    /// another host.
    pub(super) blob: Option<u64>,
    /// As in "failed to …".
    pub(super) action: String,
}

impl Ask<'_> {
    pub(super) fn new(method: Method, url: String, scope: Scope, action: &str) -> Self {
        Self {
            method,
            url,
            scope,
            headers: Vec::new(),
            body: None,
            blob: None,
            action: action.to_owned(),
        }
    }

    pub(super) fn header(mut self, name: header::HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

pub(crate) fn agent(near: bool) -> Agent {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        // The system's: companies put their own authorities there.
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let mut config = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        // Followed here, where it is known what may go where.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("cm/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_per_read(Some(SILENCE))
        .timeout_per_write(Some(SILENCE))
        .max_idle_connections_per_host(8);
    if near {
        config = config.proxy(None);
    }
    config.build().new_agent()
}

impl Remote {
    /// Asks, with credentials if the registry wants them. An answer of any status
    /// but 401 comes back; see [`Remote::failed`].
    pub(super) fn ask(&self, ask: &Ask<'_>) -> Result<Answer, Error> {
        let known = self.auth.known(&ask.scope);
        let answer = self.follow(ask, known.as_deref())?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let challenges: Vec<String> = answer
            .headers()
            .get_all(header::WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| Some(value.to_str().ok()?.to_owned()))
            .collect();
        drop(answer);
        let authorization = self.authorize(&challenges, &ask.scope)?;
        let answer = self.follow(ask, authorization.as_deref())?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            self.auth.forget(&ask.scope);
            return Err(self.unauthorized(authorization.is_some() && self.credentials()?.is_some()));
        }
        Ok(answer)
    }

    fn follow(&self, ask: &Ask<'_>, authorization: Option<&str>) -> Result<Answer, Error> {
        let mut url = ask.url.clone();
        let mut authorization = authorization;
        for _ in 0..REDIRECTS {
            let answer = self.once(ask, &url, authorization)?;
            if !answer.status().is_redirection() {
                // Only the registry itself may ask for credentials.
                if answer.status() == StatusCode::UNAUTHORIZED && self.address.here(&url).is_none()
                {
                    break;
                }
                return Ok(answer);
            }
            let to = answer.headers().get(header::LOCATION);
            let to = to.and_then(|to| to.to_str().ok()).unwrap_or_default();
            url = match self.address.here(to) {
                // Once elsewhere, credentials do not come back.
                Some(here) => here,
                None if ask.blob.is_some() && self.address.admits(to) => {
                    authorization = None;
                    to.to_owned()
                }
                None => {
                    return Err(self.nonsense(format!(
                        "it sends us to `{}` for {}",
                        shown(to),
                        ask.action
                    )));
                }
            };
        }
        Err(self.nonsense(format!("it sends us around in circles for {}", ask.action)))
    }

    /// One request and its answer's head.
    pub(super) fn once(
        &self,
        ask: &Ask<'_>,
        url: &str,
        authorization: Option<&str>,
    ) -> Result<Answer, Error> {
        let mut request = Request::builder().method(ask.method.clone()).uri(url);
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let limit = match ask.blob {
            Some(size) => DOCUMENT + Duration::from_secs(size / SLOWEST),
            None => DOCUMENT,
        };
        let nonsense = |error: ureq::http::Error| self.nonsense(error.to_string());
        let answer = match ask.body {
            Some(body) => {
                let request = request.body(body).map_err(nonsense)?;
                let request = self.agent.configure_request(request);
                self.agent.run(request.timeout_global(Some(limit)).build())
            }
            None => {
                let request = request.body(()).map_err(nonsense)?;
                let request = self.agent.configure_request(request);
                self.agent.run(request.timeout_global(Some(limit)).build())
            }
        };
        answer.map_err(|error| self.unreachable(&error))
    }

    /// A body of at most `limit` bytes.
    pub(super) fn body(
        &self,
        answer: &mut Answer,
        what: &str,
        limit: u64,
    ) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let reader = answer.body_mut().as_reader();
        let read = reader.take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.broken(what, &error))?;
        if bytes.len() as u64 > limit {
            return Err(Error::Mismatch {
                what: what.to_owned(),
                source_name: self.name(),
                expected: format!("at most {limit} bytes"),
                got: "more".into(),
            });
        }
        Ok(bytes)
    }
}

/// Whether a part of a blob is the one that was asked for.
pub(super) fn begins_at(answer: &Answer, start: u64) -> bool {
    let range = answer.headers().get(header::CONTENT_RANGE);
    let range = range
        .and_then(|range| range.to_str().ok())
        .unwrap_or_default();
    range.starts_with(&format!("bytes {start}-"))
}
