use std::net::IpAddr;

use ureq::http::Uri;

use crate::{Error, Name};

/// Where a registry is: scheme, host and the beginning of its repositories' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) scheme: &'static str,
    /// With the port, if there is one.
    pub(super) host: String,
    prefix: String,
}

impl Address {
    /// Reads `https://HOST[:PORT][/PREFIX]`; `oci://` or nothing stand for `https://`.
    /// Plain HTTP is for this machine alone.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let bad = |why: &str| Error::BadUrl {
            url: text.to_owned(),
            why: why.to_owned(),
        };
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let uri: Uri = format!("https://{host}/")
            .parse()
            .map_err(|_| bad("its host cannot be read"))?;
        if host.contains('@') {
            return Err(bad(
                "it holds a password; sign in with `cm registry login` instead",
            ));
        }
        let Some(name) = uri
            .host()
            .filter(|_| uri.path() == "/" && uri.query().is_none())
        else {
            return Err(bad("its host cannot be read"));
        };
        let near = is_loopback(name);
        let scheme = match scheme {
            "http" if !near => {
                return Err(bad(
                    "plain http is for registries on this machine; use https",
                ));
            }
            "http" => "http",
            "" | "oci" if near => "http",
            "" | "oci" | "https" => "https",
            _ => return Err(bad("it begins with https:// or oci://")),
        };
        let prefix = prefix.trim_end_matches('/');
        if !prefix.is_empty() && !prefix.split('/').all(is_part) {
            return Err(bad(
                "the path after the host has lowercase letters, digits and single `.`, `_`, `-`",
            ));
        }
        Ok(Self {
            scheme,
            host: host.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// The name of a package's repository.
    pub(super) fn repository(&self, name: &Name) -> String {
        if self.prefix.is_empty() {
            name.to_string()
        } else {
            format!("{}/{name}", self.prefix)
        }
    }

    /// The package in a repository, if it could be one.
    pub(super) fn package(&self, repository: &str) -> Option<Name> {
        let rest = match self.prefix.as_str() {
            "" => repository,
            prefix => repository.strip_prefix(prefix)?.strip_prefix('/')?,
        };
        rest.parse().ok()
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}://{}/v2/{path}", self.scheme, self.host)
    }

    /// What a `Location` or `Link` leads to, if it stays at this registry. Its scheme
    /// is the registry's: behind a proxy many know their own only by half.
    pub(super) fn here(&self, location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Some(format!("{}://{}{location}", self.scheme, self.host));
        }
        let uri: Uri = location.parse().ok()?;
        let authority = uri.authority()?.as_str();
        let same = authority == self.host && matches!(uri.scheme_str(), Some("http" | "https"));
        let path = uri.path_and_query()?;
        same.then(|| format!("{}://{}{path}", self.scheme, self.host))
    }

    /// Whether a URL elsewhere may be asked for something: by HTTPS, or by HTTP on
    /// this machine for a registry on this machine.
    pub(super) fn admits(&self, url: &str) -> bool {
        let Ok(uri) = url.parse::<Uri>() else {
            return false;
        };
        let near = uri.host().is_some_and(is_loopback);
        match uri.scheme_str() {
            // A far registry has no business with the services of this machine.
            Some("https") => !near || self.is_near(),
            Some("http") => near && self.scheme == "http",
            _ => false,
        }
    }

    pub(super) fn is_near(&self) -> bool {
        let uri = format!("https://{}/", self.host).parse::<Uri>();
        uri.is_ok_and(|uri| uri.host().is_some_and(is_loopback))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if self.prefix.is_empty() {
            Ok(())
        } else {
            write!(f, "/{}", self.prefix)
        }
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A part of a repository's name, as the specification has it.
fn is_part(part: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(word)
        && part.ends_with(word)
        && part
            .chars()
            .all(|c| word(c) || matches!(c, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            (
                "https://registry.example.com",
                "https://registry.example.com",
            ),
            (
                "registry.example.com:5000/team/x/",
                "https://registry.example.com:5000/team/x",
            ),
            (
                "oci://registry.example.com/cm",
                "https://registry.example.com/cm",
            ),
            ("localhost:5000", "http://localhost:5000"),
            ("oci://127.0.0.1:5000/a", "http://127.0.0.1:5000/a"),
            ("http://[::1]:5000", "http://[::1]:5000"),
            ("https://localhost:5000", "https://localhost:5000"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), shown);
        }
        for text in [
            "",
            "http://registry.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "ftp://localhost",
            "https://user:secret@registry.example.com",
            "https://registry.example.com/Team",
            "https://registry.example.com/a/../b",
            "https://registry.example.com?x=1",
            "https://registry.example.com/a?x",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn where_a_registry_may_send_us() {
        let far = Address::parse("https://r.example.com").unwrap();
        assert_eq!(
            far.here("/v2/x?a=b").unwrap(),
            "https://r.example.com/v2/x?a=b"
        );
        assert_eq!(
            far.here("http://r.example.com/x").unwrap(),
            "https://r.example.com/x"
        );
        assert_eq!(far.here("https://evil.example.com/x"), None);
        assert_eq!(far.here("//evil.example.com/x"), None);
        assert!(far.admits("https://cdn.example.net/blob"));
        assert!(!far.admits("http://cdn.example.net/blob"));
        assert!(!far.admits("http://localhost/"));
        assert!(!far.admits("https://127.0.0.1/"));
        assert!(!far.admits("file:///etc/passwd"));
        let near = Address::parse("http://localhost:5000").unwrap();
        assert!(near.admits("http://127.0.0.1:6000/blob"));
        assert!(!near.admits("http://cdn.example.net/blob"));
    }
}
