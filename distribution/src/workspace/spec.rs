use std::{path::PathBuf, str::FromStr};

use cm_types::Digest;
use semver::{Version, VersionReq};

use crate::{Error, Name};

/// What somebody asks to be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// `NAME[@REQUIREMENT]` or `NAMESPACE/NAME[@REQUIREMENT]`, from its registry.
    Registry {
        /// The package.
        name: Name,
        /// The versions that will do; none for any.
        requirement: Option<VersionReq>,
    },
    /// `oci://HOST/[…/][NAMESPACE/]NAME[:VERSION][@DIGEST]`.
    Oci(OciReference),
    /// A directory.
    Directory(PathBuf),
    /// A `.tar` that [`super::Workspace::pack`] has made.
    Archive(PathBuf),
    /// `git+URL[#REVISION]`, or a URL that ends in `.git`.
    Git {
        /// The URL.
        url: String,
        /// A commit, a tag or a branch.
        revision: Option<String>,
    },
}

/// A package by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciReference {
    /// `oci://HOST[/PREFIX]`.
    pub registry: String,
    /// The last one or two parts of its path.
    pub name: Name,
    /// After the colon.
    pub version: Option<Version>,
    /// After the `@`.
    pub digest: Option<Digest>,
}

impl OciReference {
    /// The address of a version.
    pub fn address(&self, version: &Version) -> String {
        format!("{}/{}:{version}", self.registry, self.name)
    }
}

impl FromStr for OciReference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = |why: &str| Error::BadSpec {
            text: text.to_owned(),
            why: why.to_owned(),
        };
        let rest = text.strip_prefix("oci://").unwrap_or(text);
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => {
                let digest = digest.parse();
                (
                    rest,
                    Some(digest.map_err(|_| bad("after `@` comes a digest, `sha256:…`"))?),
                )
            }
            None => (rest, None),
        };
        let (host, path) = rest
            .split_once('/')
            .ok_or_else(|| bad("expected `oci://HOST/NAMESPACE/NAME:VERSION`"))?;
        let (path, version) = match path.rsplit_once(':') {
            Some((path, tag)) => {
                let version = crate::layout::version_of_tag(tag);
                let why = "after the colon comes a version like `1.2.0`; other tags can move";
                (path, Some(version.ok_or_else(|| bad(why))?))
            }
            None => (path, None),
        };
        let mut parts: Vec<&str> = path.split('/').collect();
        let name = parts.pop().unwrap_or_default();
        let name = match parts.pop() {
            Some(namespace) => Name::within(namespace, name),
            None => Name::bare(name),
        };
        let name = name.map_err(|error| bad(&error.to_string()))?;
        let prefix: String = parts.iter().map(|part| format!("/{part}")).collect();
        Ok(Self {
            registry: format!("oci://{host}{prefix}"),
            name,
            version,
            digest,
        })
    }
}

impl FromStr for Spec {
    type Err = Error;

    /// Reads what stands on the command line. What has a slash and is not a name, or
    /// begins with a dot, is a path.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = |why: String| Error::BadSpec {
            text: text.to_owned(),
            why,
        };
        if text.starts_with("oci://") {
            return text.parse().map(Self::Oci);
        }
        let git = text.strip_prefix("git+");
        let (url, revision) = match git.unwrap_or(text).rsplit_once('#') {
            Some((url, revision)) => (url, Some(revision.to_owned())),
            None => (git.unwrap_or(text), None),
        };
        if git.is_some() || (url.contains("://") && url.ends_with(".git")) {
            // Both become arguments of a program.
            let option = |it: &str| it.starts_with('-') || it.is_empty();
            if option(url) || revision.as_deref().is_some_and(option) {
                return Err(bad(
                    "a URL or revision is not empty and does not begin with `-`".into(),
                ));
            }
            return Ok(Self::Git {
                url: url.to_owned(),
                revision,
            });
        }
        if text.contains("://") {
            return Err(bad(
                "expected `oci://…`, or a git repository as `git+URL#REVISION`".into(),
            ));
        }
        let (name, requirement) = match text.split_once('@') {
            Some((name, requirement)) => (name, Some(requirement)),
            None => (text, None),
        };
        let path = text.starts_with(['.', '/', '~', '\\']) || text.ends_with('/');
        match name.parse::<Name>() {
            Ok(name) if !path => Ok(Self::Registry {
                name,
                requirement: requirement
                    .map(|it| read_requirement(it).map_err(bad))
                    .transpose()?,
            }),
            _ if requirement.is_none() && text.ends_with(".tar") => Ok(Self::Archive(text.into())),
            _ if path || text.contains('\\') || text.matches('/').count() > 1 => {
                Ok(Self::Directory(text.into()))
            }
            Ok(_) => Ok(Self::Directory(text.into())),
            Err(error) => Err(error),
        }
    }
}

/// `1.2.3` means exactly that; else it is a requirement.
fn read_requirement(text: &str) -> Result<VersionReq, String> {
    let text = match Version::parse(text) {
        Ok(version) => format!("={version}"),
        Err(_) => text.to_owned(),
    };
    VersionReq::parse(&text).map_err(|error| {
        format!("`{text}` is neither a version nor a requirement like `^1.2`: {error}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let spec = |text: &str| text.parse::<Spec>().unwrap();
        assert!(matches!(
            spec("review"),
            Spec::Registry {
                requirement: None,
                ..
            }
        ));
        let Spec::Registry { name, requirement } = spec("acme/review@1.2.0") else {
            panic!()
        };
        assert_eq!(
            (name.to_string(), requirement.unwrap().to_string()),
            ("acme/review".into(), "=1.2.0".into())
        );
        assert_eq!(spec("./review"), Spec::Directory("./review".into()));
        assert_eq!(spec("a/b/c"), Spec::Directory("a/b/c".into()));
        assert_eq!(spec("review/"), Spec::Directory("review/".into()));
        assert_eq!(spec("x.tar"), Spec::Archive("x.tar".into()));
        assert_eq!(
            spec("git+https://h/x#v1"),
            Spec::Git {
                url: "https://h/x".into(),
                revision: Some("v1".into())
            }
        );
        assert!(matches!(
            spec("https://h/x.git"),
            Spec::Git { revision: None, .. }
        ));
        let Spec::Oci(oci) = spec("oci://h:5000/team/acme/review:1.0.0") else {
            panic!()
        };
        assert_eq!(oci.registry, "oci://h:5000/team");
        assert_eq!(oci.name.to_string(), "acme/review");
        assert_eq!(
            oci.address(&Version::new(1, 0, 0)),
            "oci://h:5000/team/acme/review:1.0.0"
        );
        for text in [
            "",
            "A",
            "oci://h",
            "oci://h/x:latest",
            "oci://h/x@sha256:1",
            "https://h/x",
            "a@b@c",
            "git+-x",
            "git+u#--x",
        ] {
            assert!(text.parse::<Spec>().is_err(), "{text:?}");
        }
    }
}
