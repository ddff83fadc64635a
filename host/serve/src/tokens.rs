use std::{collections::BTreeSet, fs, io, path::Path};

use cm_distribution::Name;
use cm_types::Digest;
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::{Error, shelf::disk};

/// A file with more bytes holds something else.
const MAX_FILE_BYTES: u64 = 4 << 20;
const HEAD: &str = "# Who may use the registry. Of the tokens only their digests are kept.\n";

/// The tokens of a registry; only their digests are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    #[serde(default)]
    tokens: Vec<Token>,
}

/// What somebody may do who has a token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Whose it is, for people.
    pub name: String,
    /// The SHA-256 of the token, as `sha256:` and digits or the digits alone.
    #[serde(deserialize_with = "digest")]
    pub sha256: Digest,
    /// What it allows.
    pub access: Access,
    /// Only in these. None: everywhere, packages without a namespace included.
    #[serde(default)]
    pub namespaces: Option<BTreeSet<String>>,
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// To look and to fetch.
    Read,
    /// To publish as well.
    Write,
}

impl Token {
    /// As a file has it.
    fn text(&self) -> String {
        let access = match self.access {
            Access::Read => "read",
            Access::Write => "write",
        };
        let name = toml::Value::from(self.name.as_str());
        let mut text = format!(
            "\n[[tokens]]\nname = {name}\nsha256 = \"{}\"\naccess = \"{access}\"\n",
            self.sha256.hex()
        );
        if let Some(some) = &self.namespaces {
            let some: Vec<&str> = some.iter().map(String::as_str).collect();
            text.push_str(&format!("namespaces = {}\n", toml::Value::from(some)));
        }
        text
    }

    /// Whether it reaches this package.
    pub(crate) fn covers(&self, name: &Name) -> bool {
        match &self.namespaces {
            None => true,
            Some(some) => name.namespace().is_some_and(|it| some.contains(it)),
        }
    }
}

impl Tokens {
    /// These.
    pub fn new(tokens: Vec<Token>) -> Self {
        Self { tokens }
    }

    /// Reads a file of tokens: TOML, with a table `[[tokens]]` for each.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |error| Error::io("read", path, error);
        let wrong = |why: String| Error::Tokens {
            path: path.to_owned(),
            why,
        };
        if fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
            return Err(wrong("it is too large to be a file of tokens".into()));
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        let tokens = Self::parse(&text).map_err(wrong)?;
        if tokens.tokens.is_empty() {
            return Err(wrong("it has no tokens: nobody could do anything".into()));
        }
        Ok(tokens)
    }

    /// Adds a token to a file, which need not be there, and gives it: its text is kept
    /// nowhere.
    pub fn add(
        path: &Path,
        name: &str,
        access: Access,
        namespaces: Option<&BTreeSet<String>>,
    ) -> Result<String, Error> {
        let wrong = |why: String| Error::Tokens {
            path: path.to_owned(),
            why,
        };
        let mut text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => HEAD.to_owned(),
            Err(error) => return Err(Error::io("read", path, error)),
        };
        Self::parse(&text).map_err(wrong)?;
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| wrong(error.to_string()))?;
        let secret = format!("cm_{}", Digest::from(random).hex());
        let entry = Token {
            name: name.to_owned(),
            sha256: Digest::of(secret.as_bytes()),
            access,
            namespaces: namespaces.cloned(),
        };
        text.push_str(&entry.text());
        // With all rules: that no two have one name, for example.
        Self::parse(&text).map_err(wrong)?;
        disk::put(path, text.as_bytes()).map_err(|error| Error::io("write", path, error))?;
        Ok(secret)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let read: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
            format!("line {line}: {}", error.message())
        })?;
        let mut names = BTreeSet::new();
        for token in &read.tokens {
            if !names.insert(&token.name) {
                return Err(format!("two tokens are called `{}`", token.name));
            }
            let odd = token.namespaces.iter().flatten();
            if let Some(odd) = odd.into_iter().find(|it| !cm_registry::is_name(it)) {
                let name = &token.name;
                return Err(format!(
                    "the token `{name}` has the namespace `{odd}`, which is not {}",
                    cm_registry::NAME_RULE
                ));
            }
        }
        Ok(read)
    }

    /// The token that this text is. Takes as long for a wrong one as for a right
    /// one, wherever that stands.
    pub(crate) fn find(&self, secret: &str) -> Option<&Token> {
        let given: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
        let given = Digest::from(given).hex();
        let mut found = None;
        for token in &self.tokens {
            let same: Choice = token.sha256.hex().as_bytes().ct_eq(given.as_bytes());
            if bool::from(same) {
                found = Some(token);
            }
        }
        found
    }
}

fn digest<'de, D: Deserializer<'de>>(input: D) -> Result<Digest, D::Error> {
    let text = String::deserialize(input)?;
    let full = if text.starts_with("sha256:") {
        text
    } else {
        format!("sha256:{text}")
    };
    full.to_lowercase()
        .parse()
        .map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        let hex = Digest::of(b"secret").hex();
        let good = format!(
            "[[tokens]]\nname = \"ci\"\nsha256 = \"{hex}\"\naccess = \"write\"\nnamespaces = [\"acme\"]\n"
        );
        let tokens = Tokens::parse(&good).unwrap();
        let token = tokens.find("secret").unwrap();
        assert_eq!((token.name.as_str(), token.access), ("ci", Access::Write));
        assert!(token.covers(&"acme/x".parse().unwrap()));
        assert!(!token.covers(&"other/x".parse().unwrap()));
        assert!(!token.covers(&"x".parse().unwrap()));
        assert!(tokens.find("Secret").is_none());
        for (text, said) in [
            (good.replace("write", "all"), "line 4"),
            (good.replace(&hex, "abc"), "line 3"),
            (good.replace("acme", "A cme"), "`ci` has the namespace"),
            (good.repeat(2), "two tokens"),
            (good.replace("access", "acess"), "acess"),
        ] {
            let why = Tokens::parse(&text).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }

    #[test]
    fn made_tokens() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("tokens.toml");
        let acme: BTreeSet<String> = ["acme".to_owned()].into();
        let ci = Tokens::add(&path, "ci \"main\"", Access::Write, Some(&acme)).unwrap();
        let ada = Tokens::add(&path, "ada", Access::Read, None).unwrap();
        assert!(ci != ada && ci.len() > 60);
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&ci) && !text.contains(&ada));
        let tokens = Tokens::read(&path).unwrap();
        let known = tokens.find(&ci).unwrap();
        assert_eq!(
            (known.name.as_str(), known.access),
            ("ci \"main\"", Access::Write)
        );
        assert_eq!(known.namespaces, Some(acme));
        assert_eq!(tokens.find(&ada).unwrap().access, Access::Read);
        assert!(Tokens::add(&path, "ada", Access::Read, None).is_err());
        let odd: BTreeSet<String> = ["A cme".to_owned()].into();
        assert!(Tokens::add(&path, "x", Access::Read, Some(&odd)).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}
