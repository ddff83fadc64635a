use std::sync::Mutex;

use cm_types::Digest;
use semver::Version;
use ureq::http::{Method, StatusCode, header};

use super::{
    Remote,
    auth::Scope,
    http::{Answer, Ask},
};
use crate::{Artifact, Error, Name, Published, oci, source};

/// So many blobs are sent at once.
const AT_ONCE: usize = 4;

impl Remote {
    /// Sends the blobs, then the manifest: whoever finds the version finds it whole.
    pub(super) fn push(&self, name: &Name, artifact: &Artifact) -> Result<Published, Error> {
        let version = source::own_name(name, artifact)?;
        if self.taken(name, &version, artifact.digest())? {
            return Ok(Published::Already);
        }
        let blobs: Vec<_> = artifact.blobs().collect();
        self.push_blobs(
            name,
            blobs.iter().map(|(blob, bytes)| (blob.digest, *bytes)),
        )?;
        self.push_manifest(
            name,
            &version.to_string(),
            oci::MANIFEST,
            &artifact.manifest.bytes,
        )?;
        // Tags can be overwritten: somebody may have published at the same moment.
        if self.taken(name, &version, artifact.digest())? {
            Ok(Published::New)
        } else {
            Err(Error::Missing {
                source_name: self.name(),
                what: format!("{name} {version}, which it has just taken"),
            })
        }
    }

    /// Whether this is what the version is; an error if the version is another.
    fn taken(&self, name: &Name, version: &Version, digest: Digest) -> Result<bool, Error> {
        match self.find(name, &version.to_string())? {
            None => Ok(false),
            Some(known) if known.digest == digest => Ok(true),
            Some(_) => Err(Error::Exists {
                name: name.clone(),
                version: version.to_string(),
                source_name: self.name(),
            }),
        }
    }

    pub(super) fn push_blobs<'a>(
        &self,
        name: &Name,
        blobs: impl Iterator<Item = (Digest, &'a [u8])> + Send,
    ) -> Result<(), Error> {
        let queue = Mutex::new(blobs);
        let failed = Mutex::new(None);
        let next = || {
            let mut queue = queue.lock().ok()?;
            if failed.lock().ok()?.is_some() {
                return None;
            }
            queue.next()
        };
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some((digest, bytes)) = next() {
                        if let Err(error) = self.push_blob(name, digest, bytes)
                            && let Ok(mut failed) = failed.lock()
                        {
                            failed.get_or_insert(error);
                        }
                    }
                });
            }
        });
        match failed.into_inner() {
            Ok(Some(error)) => Err(error),
            _ => Ok(()),
        }
    }

    fn push_blob(&self, name: &Name, digest: Digest, bytes: &[u8]) -> Result<(), Error> {
        let scope = Scope::Push(self.address.repository(name));
        let action = format!("take the blob {digest} of {name}");
        let there = Ask::new(
            Method::HEAD,
            self.url(name, &format!("blobs/{digest}")),
            scope.clone(),
            &action,
        );
        if self.ask(&there)?.status() == StatusCode::OK {
            return Ok(());
        }
        let mut begin = Ask::new(
            Method::POST,
            self.url(name, "blobs/uploads/"),
            scope.clone(),
            &action,
        );
        begin.body = Some(&[]);
        let answer = self.ask(&begin)?;
        if answer.status() != StatusCode::ACCEPTED {
            return Err(self.failed(answer, &action));
        }
        let location = self.location(&answer)?;
        let mark = if location.contains('?') { '&' } else { '?' };
        // In one piece: registries disagree about pieces.
        let mut put = Ask::new(
            Method::PUT,
            format!("{location}{mark}digest={digest}"),
            scope,
            &action,
        )
        .header(header::CONTENT_TYPE, "application/octet-stream");
        put.body = Some(bytes);
        let answer = self.ask(&put)?;
        match answer.status() {
            StatusCode::CREATED => Ok(()),
            _ => Err(self.failed(answer, &action)),
        }
    }

    /// Where an upload goes on. Not to another host: what is private is sent only
    /// to whom the person named.
    fn location(&self, answer: &Answer) -> Result<String, Error> {
        let location = answer.headers().get(header::LOCATION);
        let location = location.and_then(|it| it.to_str().ok()).unwrap_or_default();
        self.address
            .here(location)
            .ok_or_else(|| self.nonsense("it wants the upload to go elsewhere".into()))
    }

    pub(super) fn push_manifest(
        &self,
        name: &Name,
        reference: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Answer, Error> {
        let action = format!("take the manifest {reference} of {name}");
        let mut put = Ask::new(
            Method::PUT,
            self.url(name, &format!("manifests/{reference}")),
            Scope::Push(self.address.repository(name)),
            &action,
        )
        .header(header::CONTENT_TYPE, media_type);
        put.body = Some(bytes);
        let answer = self.ask(&put)?;
        match answer.status() {
            StatusCode::CREATED => Ok(answer),
            _ => Err(self.failed(answer, &action)),
        }
    }
}
