use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use super::TrustError;

/// Who has signed something: `minisign:KEY`, or `sigstore:ISSUER#SUBJECT` for
/// somebody whom an identity provider has vouched for. Two are the same only if
/// their texts are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Signer(String);

const KEY: &str = "minisign:";
const IDENTITY: &str = "sigstore:";

impl Signer {
    /// The owner of a minisign key, by the second line of its public file.
    pub fn key(text: &str) -> Result<Self, TrustError> {
        let bytes = BASE64_STANDARD.decode(text).unwrap_or_default();
        if bytes.len() == 42 && bytes.starts_with(b"Ed") {
            Ok(Self(format!("{KEY}{text}")))
        } else {
            Err(TrustError::BadSigner {
                text: text.to_owned(),
                why: "it is not a minisign public key, which begins with `RW` and has 56 letters"
                    .into(),
            })
        }
    }

    /// Somebody by what the issuer calls them.
    pub fn identity(issuer: &str, subject: &str) -> Result<Self, TrustError> {
        let text = format!("{IDENTITY}{issuer}#{subject}");
        let plain = |part: &str| {
            // Nothing that looks like something else on a screen, and nothing that
            // means something to a shell: people are shown commands with it.
            let fits = |it: u8| it.is_ascii_alphanumeric() || b"-._~:/?#@+,=%".contains(&it);
            !part.is_empty() && part.len() <= 1024 && part.bytes().all(fits)
        };
        if plain(issuer) && plain(subject) && !issuer.contains('#') {
            Ok(Self(text))
        } else {
            Err(TrustError::BadSigner {
                text: text.escape_debug().to_string(),
                why: "issuer and subject have letters, digits and the signs of addresses".into(),
            })
        }
    }

    /// The public key, if it is one.
    pub fn as_key(&self) -> Option<&str> {
        self.0.strip_prefix(KEY)
    }

    /// The issuer and the subject, if it is an identity.
    pub fn as_identity(&self) -> Option<(&str, &str)> {
        self.0.strip_prefix(IDENTITY)?.split_once('#')
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Signer {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, TrustError> {
        if let Some(key) = text.strip_prefix(KEY) {
            return Self::key(key);
        }
        let identity = text.strip_prefix(IDENTITY);
        match identity.and_then(|it| it.split_once('#')) {
            Some((issuer, subject)) => Self::identity(issuer, subject),
            None => Err(TrustError::BadSigner {
                text: text.escape_debug().to_string(),
                why: "write `minisign:KEY` or `sigstore:ISSUER#SUBJECT`".into(),
            }),
        }
    }
}

impl TryFrom<String> for Signer {
    type Error = TrustError;

    fn try_from(text: String) -> Result<Self, TrustError> {
        text.parse()
    }
}

impl From<Signer> for String {
    fn from(signer: Signer) -> Self {
        signer.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let key = "minisign:RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
        let ci = "sigstore:https://issuer.example#https://host/team/repo/.x@refs/heads/main#1";
        for text in [key, ci] {
            assert_eq!(text.parse::<Signer>().unwrap().to_string(), text);
        }
        let subject = ci.parse::<Signer>().unwrap();
        assert_eq!(subject.as_identity().unwrap().0, "https://issuer.example");
        for text in [
            "",
            "minisign:",
            "minisign:RWQ",
            "minisign:RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3=",
            "sigstore:https://issuer.example",
            "sigstore:#a",
            "sigstore:https://issuer.example#a b",
            "sigstore:https://issuer.example#a@b;reboot",
            "sigstore:https://issuer.example#а@example.com",
            "somebody",
        ] {
            assert!(text.parse::<Signer>().is_err(), "{text:?}");
        }
    }
}
