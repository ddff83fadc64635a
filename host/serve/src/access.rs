//! Who is asking, and what they may do.

use base64::{Engine, engine::general_purpose::STANDARD};
use cm_distribution::Name;
use hyper::{
    HeaderMap, Method, Uri,
    header::{AUTHORIZATION, HOST, ORIGIN},
};

use crate::{
    Options,
    fault::Fault,
    tokens::{Access, Token},
};

/// Somebody who asks.
pub(crate) enum Who<'a> {
    /// There are no tokens: whoever gets here may do everything.
    Anybody,
    /// Without a token. Whether that suffices for reading.
    Nobody { reads: bool },
    /// With this token.
    Known { token: &'a Token, reads_all: bool },
}

impl<'a> Who<'a> {
    /// By the header of a request. A token that is none is refused, even where none
    /// is needed: whoever sends one wants to know.
    pub(crate) fn of(headers: &HeaderMap, options: &'a Options) -> Result<Self, Fault> {
        let Some(tokens) = &options.tokens else {
            return Ok(Self::Anybody);
        };
        let reads = options.anonymous_read;
        let Some(header) = headers.get(AUTHORIZATION) else {
            return Ok(Self::Nobody { reads });
        };
        let secret = header.to_str().ok().and_then(secret);
        match secret.and_then(|secret| tokens.find(&secret)) {
            Some(token) => Ok(Self::Known {
                token,
                reads_all: reads,
            }),
            None => Err(Fault::unauthorized(
                "the token is not one of this registry's",
            )),
        }
    }

    /// Whether they may do this with this package; else what to answer.
    pub(crate) fn check(&self, access: Access, name: &Name) -> Result<(), Fault> {
        match self {
            Self::Anybody => Ok(()),
            Self::Nobody { reads: true } if access == Access::Read => Ok(()),
            Self::Nobody { .. } => Err(Fault::unauthorized("this needs a token")),
            Self::Known { reads_all, .. } if *reads_all && access == Access::Read => Ok(()),
            Self::Known { token, .. } if !token.covers(name) => Err(Fault::denied(format!(
                "the token `{}` is not for {name}",
                token.name
            ))),
            Self::Known { token, .. } if token.access < access => Err(Fault::denied(format!(
                "the token `{}` is for reading only",
                token.name
            ))),
            Self::Known { .. } => Ok(()),
        }
    }

    pub(crate) fn may_read(&self, name: &Name) -> bool {
        self.check(Access::Read, name).is_ok()
    }

    /// Whether they may look at all.
    pub(crate) fn enter(&self) -> Result<(), Fault> {
        match self {
            Self::Nobody { reads: false } => Err(Fault::unauthorized("this needs a token")),
            _ => Ok(()),
        }
    }
}

/// The token in an `Authorization`: a bearer's, or the password of any user.
fn secret(header: &str) -> Option<String> {
    let (scheme, value) = header.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    text.split_once(':')
        .map(|(_, password)| password.to_owned())
}

/// Refuses what a web page elsewhere makes somebody's browser send: it would come
/// from this machine, or with the password that the browser remembers.
pub(crate) fn refuse_strangers(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    options: &Options,
) -> Result<(), Fault> {
    let writes = !matches!(*method, Method::GET | Method::HEAD);
    if writes && (headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site")) {
        return Err(Fault::denied("nothing is published by browsers"));
    }
    if writes && options.read_only {
        return Err(Fault::denied("this registry is for reading only"));
    }
    // Without tokens a name that leads here is all that keeps others out.
    let near = options.listen.ip().is_loopback();
    if options.tokens.is_none() && near {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = uri.authority().map(|it| it.as_str()).or(host);
        if !host.is_some_and(is_loopback) {
            return Err(Fault::misdirected());
        }
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    let uri = format!("http://{host}/").parse::<Uri>();
    let Some(name) = uri.ok().and_then(|uri| uri.host().map(str::to_owned)) else {
        return false;
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets() {
        assert_eq!(secret("Bearer abc").as_deref(), Some("abc"));
        // `ada:a:b`
        assert_eq!(secret("basic YWRhOmE6Yg==").as_deref(), Some("a:b"));
        for header in ["", "abc", "Basic", "Basic ???", "Basic YWRh", "Digest x"] {
            assert_eq!(secret(header), None, "{header}");
        }
    }

    #[test]
    fn names_of_this_machine() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:1", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
