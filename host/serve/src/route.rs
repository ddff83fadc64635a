//! What an address means.

use cm_distribution::Name;
use cm_types::Digest;
use semver::Version;

use crate::query;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Whether this is a registry.
    Base,
    Catalog,
    Tags(Name),
    Manifest(Name, Reference),
    Blob(Name, Digest),
    /// Where uploads begin.
    Uploads(Name),
    Upload(Name, String),
    Referrers(Name, Digest),
    /// The list of packages.
    Home,
    Style,
    Search,
    Page(Name),
    VersionPage(Name, Version),
    /// A digest, or tag, or name that is none.
    Bad(&'static str),
    Nothing,
}

/// A manifest of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    Tag(String),
    Digest(Digest),
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

impl Route {
    /// Names are taken as they are written: nothing in them is ever decoded.
    pub(crate) fn of(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            [""] => Self::Home,
            ["style.css"] => Self::Style,
            ["api", "search"] => Self::Search,
            ["v2"] | ["v2", ""] => Self::Base,
            ["v2", "_catalog"] => Self::Catalog,
            ["v2", rest @ ..] => Self::protocol(rest),
            ["p", rest @ ..] => Self::page(rest),
            _ => Self::Nothing,
        }
    }

    fn protocol(parts: &[&str]) -> Self {
        let (name, rest) = match parts {
            [name @ .., "tags", "list"] => (name, Self::Tags as fn(Name) -> Self),
            [name @ .., "blobs", "uploads"] | [name @ .., "blobs", "uploads", ""] => {
                (name, Self::Uploads as fn(Name) -> Self)
            }
            [name @ .., "blobs", "uploads", id] => {
                return named(name, |name| Self::Upload(name, (*id).to_owned()));
            }
            [name @ .., "manifests", reference] => {
                return named(name, |name| match read_reference(reference) {
                    Some(reference) => Self::Manifest(name, reference),
                    None => Self::Bad("MANIFEST_UNKNOWN"),
                });
            }
            [name @ .., "blobs", digest] => {
                return named(name, |name| match read_digest(digest) {
                    Some(digest) => Self::Blob(name, digest),
                    None => Self::Bad("DIGEST_INVALID"),
                });
            }
            [name @ .., "referrers", digest] => {
                return named(name, |name| match read_digest(digest) {
                    Some(digest) => Self::Referrers(name, digest),
                    None => Self::Bad("DIGEST_INVALID"),
                });
            }
            _ => return Self::Nothing,
        };
        named(name, rest)
    }

    /// `NAMESPACE/NAME`, `NAME`, and these with a version: a version has a dot, a
    /// name has none.
    fn page(parts: &[&str]) -> Self {
        let parts = match parts {
            [parts @ .., ""] => parts,
            parts => parts,
        };
        match parts {
            [name @ .., version] if version.contains('.') => match version.parse::<Version>() {
                Ok(read) if read.to_string() == **version => {
                    named(name, |name| Self::VersionPage(name, read))
                }
                _ => Self::Nothing,
            },
            name => match named(name, Self::Page) {
                Self::Bad(_) => Self::Nothing,
                route => route,
            },
        }
    }
}

fn named(parts: &[&str], route: impl FnOnce(Name) -> Route) -> Route {
    match parts.join("/").parse() {
        Ok(name) => route(name),
        Err(_) => Route::Bad("NAME_INVALID"),
    }
}

fn read_digest(text: &str) -> Option<Digest> {
    // Some clients encode the colon.
    let text = query::decoded(text, false);
    // A digest is written in one way only: it becomes the name of a file.
    let digest: Digest = text.parse().ok()?;
    (digest.to_string() == text).then_some(digest)
}

pub(crate) fn read_reference(text: &str) -> Option<Reference> {
    match read_digest(text) {
        Some(digest) => Some(Reference::Digest(digest)),
        None => is_tag(text).then(|| Reference::Tag(text.to_owned())),
    }
}

/// As the OCI specification has it.
pub(crate) fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text
            .bytes()
            .all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let name = || "acme/review".parse::<Name>().unwrap();
        let digest = Digest::of(b"x");
        let tag = |tag: &str| Reference::Tag(tag.to_owned());
        for (path, route) in [
            ("/", Route::Home),
            ("/v2/", Route::Base),
            ("/v2", Route::Base),
            ("/v2/acme/review/tags/list", Route::Tags(name())),
            (
                "/v2/acme/review/manifests/1.0.0",
                Route::Manifest(name(), tag("1.0.0")),
            ),
            (
                "/v2/review/manifests/latest",
                Route::Manifest("review".parse().unwrap(), tag("latest")),
            ),
            ("/v2/acme/review/blobs/uploads/", Route::Uploads(name())),
            ("/v2/acme/review/blobs/uploads", Route::Uploads(name())),
            (
                "/v2/acme/review/blobs/uploads/ab",
                Route::Upload(name(), "ab".into()),
            ),
            ("/p/acme/review", Route::Page(name())),
            ("/p/acme/review/", Route::Page(name())),
            (
                "/p/acme/review/1.0.0-rc.1",
                Route::VersionPage(name(), "1.0.0-rc.1".parse().unwrap()),
            ),
            (
                "/p/review/1.0.0",
                Route::VersionPage("review".parse().unwrap(), "1.0.0".parse().unwrap()),
            ),
            // A repository may have such a name.
            (
                "/v2/acme/manifests/tags/list",
                Route::Tags("acme/manifests".parse().unwrap()),
            ),
            (
                &format!("/v2/acme/review/blobs/{digest}"),
                Route::Blob(name(), digest),
            ),
            (
                &format!("/v2/acme/review/blobs/sha256%3A{}", digest.hex()),
                Route::Blob(name(), digest),
            ),
            (
                &format!("/v2/acme/review/referrers/{digest}"),
                Route::Referrers(name(), digest),
            ),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }

    #[test]
    fn tricks() {
        let upper = format!(
            "/v2/acme/review/blobs/sha256:{}",
            Digest::of(b"x").hex().to_uppercase()
        );
        for path in [
            "",
            "//",
            "/v2/../etc/passwd",
            "/v2/..%2f..%2fetc/manifests/1.0.0",
            "/v2/acme/..%2freview/manifests/1.0.0",
            "/v2/acme/../review/manifests/1.0.0",
            "/v2/acme/review/manifests/..",
            "/v2/acme/review/manifests/..%2f..%2findex.json",
            "/v2/acme/review/blobs/sha256:../../index.json",
            "/v2/acme/review/blobs/sha256:%2e%2e",
            "/v2/a/b/c/manifests/1.0.0",
            "/v2//manifests/1.0.0",
            "/v2/Acme/x/manifests/1.0.0",
            "/p/",
            "/p/..",
            "/p/a/b/c",
            "/p/acme/%3Cscript%3E",
            "/p/acme/x/1.0",
            "/p/../1.0.0",
            &upper,
        ] {
            let route = Route::of(path);
            assert!(
                matches!(route, Route::Bad(_) | Route::Nothing),
                "{path}: {route:?}"
            );
        }
    }
}
