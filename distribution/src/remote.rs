//! A registry somewhere else, by the OCI Distribution Specification 1.1.
//!
//! It is believed nothing: every answer has a limit in size and in time, whatever
//! has a digest is verified, and credentials go to the registry alone.

use std::{
    io::{Read, Write},
    sync::OnceLock,
};

use cm_types::Digest;
use semver::Version;
use ureq::{
    Agent,
    http::{Method, StatusCode, header},
};

use crate::{
    Artifact, Error, Name, Published, Referrer, RegistryError, Source, Which,
    layout::version_of_tag,
    oci::{self, Descriptor, Document, ImageManifest},
    source,
};

mod address;
mod auth;
mod challenge;
mod credentials;
mod entry;
mod failure;
mod http;
mod pages;
mod push;
mod referrers;
#[cfg(test)]
pub(crate) mod tests;

use address::Address;
pub(crate) use address::is_loopback;
use auth::{Auth, Scope};
pub use credentials::Credentials;
pub(crate) use http::agent;
use http::{Ask, begins_at};
use pages::{Catalog, Tags};

/// An OCI registry by its URL.
#[derive(Debug)]
pub struct Remote {
    address: Address,
    agent: Agent,
    auth: Auth,
}

impl Remote {
    /// The registry at `https://HOST[:PORT][/PREFIX]`, with the credentials that
    /// Docker has for it. Nothing is asked yet. Plain HTTP is for this machine alone.
    pub fn new(url: &str) -> Result<Self, Error> {
        let address = Address::parse(url)?;
        Ok(Self {
            agent: http::agent(address.is_near()),
            address,
            auth: Auth::default(),
        })
    }

    /// The same with these credentials, or with none.
    pub fn with_credentials(url: &str, credentials: Option<Credentials>) -> Result<Self, Error> {
        let mut remote = Self::new(url)?;
        remote.auth.credentials = OnceLock::from(credentials);
        Ok(remote)
    }

    fn name(&self) -> String {
        format!("the registry {}", self.address)
    }

    fn pull(&self, name: &Name) -> Scope {
        Scope::Pull(self.address.repository(name))
    }

    fn url(&self, name: &Name, rest: &str) -> String {
        let repository = self.address.repository(name);
        self.address.url(&format!("{repository}/{rest}"))
    }

    /// A manifest by a tag or a digest; none if it is not there.
    fn find(&self, name: &Name, reference: &str) -> Result<Option<Document>, Error> {
        let what = format!("the manifest {reference} of {name}");
        let action = format!("give {what}");
        let url = self.url(name, &format!("manifests/{reference}"));
        let ask = Ask::new(Method::GET, url, self.pull(name), &action)
            .header(header::ACCEPT, format!("{}, {}", oci::MANIFEST, oci::INDEX));
        let mut answer = self.ask(&ask)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(self.failed(answer, &action)),
        }
        let bytes = self.body(&mut answer, &what, oci::MAX_DOCUMENT_BYTES)?;
        source::document(&self.name(), &what, bytes).map(Some)
    }
}

impl Source for Remote {
    fn title(&self) -> String {
        self.name()
    }

    fn names(&self) -> Result<Option<Vec<Name>>, Error> {
        let url = self.address.url("_catalog?n=1000");
        let pages = match self.pages::<Catalog>(url, &Scope::Catalog, "list its packages") {
            Ok(Ok(pages)) => pages,
            // Most public registries keep that to themselves.
            Ok(Err(_))
            | Err(
                Error::Registry(RegistryError::Unauthorized { .. })
                | Error::Registry(RegistryError::Protocol { .. }),
            ) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let repositories = pages
            .into_iter()
            .flat_map(|page| page.repositories.unwrap_or_default());
        let mut names: Vec<Name> = repositories
            .filter_map(|repository| self.address.package(&repository))
            .collect();
        names.sort();
        names.dedup();
        Ok(Some(names))
    }

    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        let action = format!("list the versions of {name}");
        let url = self.url(name, "tags/list?n=1000");
        let pages = match self.pages::<Tags>(url, &self.pull(name), &action)? {
            Ok(pages) => pages,
            Err(answer) if answer.status() == StatusCode::NOT_FOUND => {
                return Err(source::no_package(self, name));
            }
            Err(answer) => return Err(self.failed(answer, &action)),
        };
        let tags = pages
            .into_iter()
            .flat_map(|page| page.tags.unwrap_or_default());
        // Beside versions there are tags that stand for signatures, and `latest`.
        let mut versions: Vec<Version> = tags.filter_map(|tag| version_of_tag(&tag)).collect();
        versions.sort();
        versions.dedup();
        if versions.is_empty() {
            return Err(source::no_package(self, name));
        }
        Ok(versions)
    }

    fn manifest(&self, name: &Name, which: Which<'_>) -> Result<Document, Error> {
        let found = self.find(name, &which.to_string())?;
        match (found, which) {
            (Some(document), _) => {
                let what = format!("the manifest of {name} {which}");
                source::verified(&self.name(), &what, document, which)
            }
            (None, Which::Version(version)) => {
                Err(source::no_version(self, name, version.to_string()))
            }
            (None, Which::Digest(digest)) => Err(Error::Missing {
                source_name: self.name(),
                what: format!("the manifest {digest} of {name}"),
            }),
        }
    }

    fn blob(
        &self,
        name: &Name,
        blob: &Descriptor,
        start: u64,
        sink: &mut dyn Write,
    ) -> Result<(), Error> {
        if start >= blob.size {
            return Ok(());
        }
        let what = format!("the blob {} of {name}", blob.digest);
        let action = format!("give {what}");
        let url = self.url(name, &format!("blobs/{}", blob.digest));
        let mut ask = Ask::new(Method::GET, url, self.pull(name), &action);
        ask.blob = Some(blob.size);
        if start > 0 {
            ask = ask.header(header::RANGE, format!("bytes={start}-"));
        }
        let mut answer = self.ask(&ask)?;
        let skip = match answer.status() {
            StatusCode::OK => start,
            StatusCode::PARTIAL_CONTENT if begins_at(&answer, start) => 0,
            StatusCode::NOT_FOUND => {
                return Err(Error::Missing {
                    source_name: self.name(),
                    what,
                });
            }
            _ => return Err(self.failed(answer, &action)),
        };
        let mut left = blob.size - start;
        let wrong = |got: String| Error::Mismatch {
            what: what.clone(),
            source_name: self.name(),
            expected: format!("{} bytes", blob.size),
            got,
        };
        let broken = |error: std::io::Error| self.broken(&what, &error);
        let mut reader = answer.body_mut().as_reader();
        std::io::copy(&mut (&mut reader).take(skip), &mut std::io::sink()).map_err(broken)?;
        let mut buffer = vec![0; 64 << 10];
        while left > 0 {
            let most = buffer
                .len()
                .min(usize::try_from(left).unwrap_or(buffer.len()));
            let window = buffer.get_mut(..most).unwrap_or_default();
            let count = reader.read(window).map_err(broken)?;
            if count == 0 {
                return Err(wrong(format!("{}", blob.size - left)));
            }
            sink.write_all(window.get(..count).unwrap_or_default())
                .map_err(|error| Error::io("keep", "what was fetched", error))?;
            left -= count as u64;
        }
        match reader.read(&mut [0]) {
            Ok(0) | Err(_) => Ok(()),
            Ok(_) => Err(wrong("more".into())),
        }
    }

    fn publish(&self, name: &Name, artifact: &Artifact) -> Result<Published, Error> {
        self.push(name, artifact)
    }

    fn referrers(&self, name: &Name, subject: Digest) -> Result<Vec<Referrer>, Error> {
        self.find_referrers(name, subject)
    }

    fn attach(
        &self,
        name: &Name,
        referrer: &ImageManifest,
        blobs: &[&[u8]],
    ) -> Result<Digest, Error> {
        self.push_referrer(name, referrer, blobs)
    }
}
