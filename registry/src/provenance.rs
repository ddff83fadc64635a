use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

use cm_types::Digest;

/// Where an installed package came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The place.
    pub whence: Whence,
    /// The digest under which it was published, if it was.
    pub manifest: Option<Digest>,
    /// Which versions were asked for, if any in particular.
    pub requirement: Option<String>,
    /// Whether nobody asked for it but another package that needs it.
    pub dependency: bool,
    /// Who has signed it, in the words of whoever looked at the signature.
    pub signer: Option<String>,
}

/// A place that packages come from. Its text is the `source` in registry.json, and
/// the other way round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whence {
    /// A directory on this machine.
    Directory(PathBuf),
    /// A `.tar` on this machine.
    Archive(PathBuf),
    /// `oci://HOST/…`.
    Oci(String),
    /// A git repository.
    Git {
        /// Its URL.
        url: String,
        /// The commit.
        revision: String,
    },
    /// A registry, by the name it has in `registries.toml`.
    Registry {
        /// That name.
        registry: String,
        /// The package's name there.
        name: String,
    },
}

impl Whence {
    /// Reads what `Display` has written of the place of this package. A registry may be
    /// called by its URL, which has slashes of its own.
    pub(crate) fn of(text: &str, package: &str) -> Self {
        let registry = text.strip_prefix("registry:");
        let registry = registry.and_then(|it| it.strip_suffix(package)?.strip_suffix('/'));
        match registry {
            Some(registry) => Self::Registry {
                registry: registry.to_owned(),
                name: package.to_owned(),
            },
            None => text.parse().unwrap_or_default(),
        }
    }

    /// Whether it was published there, so that a newer version can be looked for.
    pub fn is_published(&self) -> bool {
        matches!(self, Self::Oci(_) | Self::Registry { .. })
    }

    /// Whether two versions from there and from here come from the same people, as
    /// far as the place tells.
    pub fn is_same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Oci(a), Self::Oci(b)) => repository(a) == repository(b),
            (Self::Git { url: a, .. }, Self::Git { url: b, .. }) => a == b,
            // A person's own files, wherever they lie.
            (Self::Directory(_) | Self::Archive(_), Self::Directory(_) | Self::Archive(_)) => true,
            (a, b) => a == b,
        }
    }
}

/// `oci://HOST/NAME` without the tag or digest.
fn repository(reference: &str) -> &str {
    let reference = reference.split('@').next().unwrap_or(reference);
    match reference.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => reference,
    }
}

impl Default for Whence {
    fn default() -> Self {
        Self::Directory(PathBuf::new())
    }
}

impl fmt::Display for Whence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "{}", path.display()),
            Self::Archive(path) => write!(f, "tar:{}", path.display()),
            Self::Oci(reference) => f.write_str(reference),
            Self::Git { url, revision } => write!(f, "git:{url}#{revision}"),
            Self::Registry { registry, name } => write!(f, "registry:{registry}/{name}"),
        }
    }
}

impl FromStr for Whence {
    type Err = Infallible;

    /// Reads what `Display` has written; whatever else it is, is a directory.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let registry = text.strip_prefix("registry:");
        let git = text.strip_prefix("git:");
        Ok(
            if let Some((registry, name)) = registry.and_then(|it| it.split_once('/')) {
                Self::Registry {
                    registry: registry.to_owned(),
                    name: name.to_owned(),
                }
            } else if let Some((url, revision)) = git.and_then(|it| it.rsplit_once('#')) {
                Self::Git {
                    url: url.to_owned(),
                    revision: revision.to_owned(),
                }
            } else if let Some(path) = text.strip_prefix("tar:") {
                Self::Archive(path.into())
            } else if text.starts_with("oci://") {
                Self::Oci(text.to_owned())
            } else {
                Self::Directory(text.into())
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_by_its_url() {
        let text = "registry:https://r.example.com/team/acme/review";
        let whence = Whence::of(text, "acme/review");
        assert_eq!(whence.to_string(), text);
        let Whence::Registry { registry, name } = whence else {
            panic!("{whence}");
        };
        assert_eq!(registry, "https://r.example.com/team");
        assert_eq!(name, "acme/review");
    }

    #[test]
    fn there_and_back() {
        for text in [
            "/home/ada/review",
            "tar:/tmp/a.tar",
            "oci://h:1/a/b:1.0.0",
            "git:https://h/x.git#abc",
            "registry:local/acme/review",
        ] {
            let whence: Whence = text.parse().unwrap();
            assert_eq!(whence.to_string(), text);
            let plain = matches!(whence, Whence::Directory(_));
            assert_eq!(plain, text.starts_with('/'), "{text}");
        }
    }

    #[test]
    fn places() {
        let same = |a: &str, b: &str| {
            let (a, b): (Whence, Whence) = (a.parse().unwrap(), b.parse().unwrap());
            a.is_same_place(&b)
        };
        assert!(same("oci://h:1/a/b:1.0.0", "oci://h:1/a/b@sha256:00"));
        assert!(!same("oci://h:1/a/b:1.0.0", "oci://h:2/a/b:1.0.0"));
        assert!(same("git:u#1", "git:u#2"));
        assert!(same("/a", "tar:/b"));
        assert!(!same("registry:one/a/b", "registry:two/a/b"));
        assert!(!same("registry:one/a/b", "/a"));
    }
}
