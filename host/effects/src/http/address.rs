use std::net::IpAddr;

use ureq::http::Uri;

/// Where a request goes: an address that is fit to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    url: String,
    host: String,
    port: Option<u16>,
    near: bool,
}

/// Why an address is not fit to be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It cannot be read.
    #[error("it is not an address like `https://api.example.com`")]
    Unreadable,
    /// It is neither HTTP nor HTTPS.
    #[error("it begins with `{0}://`; only `https://` is asked, and `http://` on this machine")]
    Scheme(String),
    /// It would go over the network unprotected.
    #[error(
        "it would send the prompt and the key over the network unprotected; use `https://`, or a tunnel that ends on this machine (`http://localhost:PORT`)"
    )]
    Plain,
    /// It is on this machine, and the person did not say so.
    #[error("it is on this machine, and only an address that you set yourself may be")]
    Near,
    /// It holds a name or a password.
    #[error("it holds a name or a password before an `@`; give the key in its own variable")]
    Credentials,
}

impl Address {
    /// The address of `path` at `base`. `of_person`: whether the person set the base,
    /// and not an adapter; only they may send to this machine, and without TLS only
    /// there.
    ///
    /// # Errors
    /// When it is not fit to be asked.
    pub fn new(base: &str, path: &str, of_person: bool) -> Result<Self, AddressError> {
        let base = base.trim().trim_end_matches('/');
        let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if base.is_empty() || !visible(base) || !visible(path) || base.contains(['?', '#']) {
            return Err(AddressError::Unreadable);
        }
        if !(path.is_empty() || path.starts_with('/')) || path.contains('#') {
            return Err(AddressError::Unreadable);
        }
        let with_scheme = match base.contains("://") {
            true => base.to_owned(),
            // As `OLLAMA_HOST` is usually written.
            false if of_person => format!("http://{base}"),
            false => return Err(AddressError::Unreadable),
        };
        let uri: Uri = with_scheme.parse().map_err(|_| AddressError::Unreadable)?;
        let scheme = uri.scheme_str().unwrap_or_default().to_ascii_lowercase();
        let authority = uri.authority().ok_or(AddressError::Unreadable)?;
        if authority.as_str().contains('@') {
            return Err(AddressError::Credentials);
        }
        let host = authority.host().to_ascii_lowercase();
        let port = authority.port_u16();
        if host.is_empty() || (port.is_none() && authority.as_str().ends_with(':')) {
            return Err(AddressError::Unreadable);
        }
        // What servers write who listen everywhere; it can be asked on this machine.
        let host = match host.as_str() {
            "0.0.0.0" if of_person => "127.0.0.1".to_owned(),
            "[::]" if of_person => "[::1]".to_owned(),
            _ => host,
        };
        let near = is_near(&host);
        match scheme.as_str() {
            _ if near && !of_person => return Err(AddressError::Near),
            "https" => {}
            "http" if near => {}
            "http" => return Err(AddressError::Plain),
            other => return Err(AddressError::Scheme(other.to_owned())),
        }
        let usual = if scheme == "https" { 443 } else { 80 };
        let port = port.filter(|port| *port != usual);
        let number = port.map(|port| format!(":{port}")).unwrap_or_default();
        let prefix = uri.path().trim_end_matches('/');
        Ok(Self {
            url: format!("{scheme}://{host}{number}{prefix}{path}"),
            host,
            port,
            near,
        })
    }

    /// All of it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host, with its port unless it is the usual one, as a manifest names it.
    pub fn host(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Whether it is on this machine.
    pub fn is_near(&self) -> bool {
        self.near
    }
}

fn is_near(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Ok(IpAddr::V6(ip)) => {
            let mapped = ip.to_ipv4_mapped();
            ip.is_loopback()
                || ip.is_unspecified()
                || mapped.is_some_and(|ip| ip.is_loopback() || ip.is_unspecified())
        }
        Err(_) => bare == "localhost" || bare.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_adapter(base: &str) -> Result<String, AddressError> {
        Address::new(base, "/v1/x", false).map(|address| address.url)
    }

    fn of_person(base: &str) -> Result<String, AddressError> {
        Address::new(base, "/v1/x", true).map(|address| address.url)
    }

    #[test]
    fn an_adapter_reaches_the_world_over_tls_alone() {
        let url = of_adapter("https://API.example.com/").unwrap();
        assert_eq!(url, "https://api.example.com/v1/x");
        let plain = of_adapter("http://api.example.com");
        assert_eq!(plain, Err(AddressError::Plain));
        for near in [
            "http://localhost:1",
            "https://127.0.0.1",
            "http://[::1]:8080",
            "http://127.1.2.3",
            "https://[::ffff:127.0.0.1]",
            "https://0.0.0.0",
            "https://any.localhost",
        ] {
            assert_eq!(of_adapter(near), Err(AddressError::Near), "{near}");
        }
    }

    #[test]
    fn a_person_may_name_this_machine() {
        let url = of_person("http://localhost:11434").unwrap();
        assert_eq!(url, "http://localhost:11434/v1/x");
        let url = of_person("127.0.0.1:11434").unwrap();
        assert_eq!(url, "http://127.0.0.1:11434/v1/x");
        let url = of_person("0.0.0.0:11434").unwrap();
        assert_eq!(url, "http://127.0.0.1:11434/v1/x");
        let url = of_person("http://127.0.0.1:9/a/b/").unwrap();
        assert_eq!(url, "http://127.0.0.1:9/a/b/v1/x");
        let plain = of_person("http://models.example.com");
        assert_eq!(plain, Err(AddressError::Plain));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for odd in [
            "",
            "https://",
            "https://a b",
            "https://a/?q=1",
            "https://a\nb",
        ] {
            assert!(of_person(odd).is_err(), "{odd:?}");
        }
        let scheme = of_person("file:///etc/passwd");
        assert!(scheme.is_err(), "{scheme:?}");
        let named = of_person("https://me:secret@api.example.com");
        assert_eq!(named, Err(AddressError::Credentials));
        for path in ["v1", "@evil.example", "/a b", "/a#b"] {
            assert!(Address::new("https://a.example", path, true).is_err());
        }
    }

    #[test]
    fn a_host_is_named_with_an_unusual_port() {
        let host = |base| Address::new(base, "", true).unwrap().host();
        assert_eq!(host("https://a.example:443"), "a.example");
        assert_eq!(host("https://a.example:8443"), "a.example:8443");
        assert_eq!(host("http://localhost"), "localhost");
    }
}
