use std::{
    collections::BTreeMap,
    io::Write,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use cm_registry::Home;
use cm_types::Digest;
use jiff::{SignedDuration, Timestamp};
use semver::Version;
use tempfile::TempDir;

use super::*;
use crate::{
    Artifact, Error, Name, Published, Referrer, RegistryError, Source, Which, canonical,
    layout::tests::package,
    oci::{self, Descriptor, Document, ImageManifest},
};

mod checks;
mod history;
mod hostile;
mod keys;
mod signatures;
mod yanks;

/// A registry in memory that takes whatever it is given.
#[derive(Default)]
struct Memory {
    packages: Mutex<BTreeMap<(Name, Version), Document>>,
    blobs: Mutex<BTreeMap<Digest, Vec<u8>>>,
    referrers: Mutex<Vec<(Digest, Referrer)>>,
    down: AtomicBool,
}

impl Memory {
    fn up(&self) -> Result<(), Error> {
        if self.down.load(Ordering::Relaxed) {
            return Err(Error::Registry(RegistryError::Unreachable {
                source_name: self.title(),
                why: "it is down".into(),
            }));
        }
        Ok(())
    }

    /// A manifest of any bytes under a version.
    fn put(&self, name: &Name, version: &Version, bytes: &[u8]) -> Document {
        let document = Document::new(bytes.to_vec());
        let key = (name.clone(), version.clone());
        self.packages.lock().unwrap().insert(key, document.clone());
        document
    }
}

impl Source for Memory {
    fn title(&self) -> String {
        "the test".into()
    }
    fn names(&self) -> Result<Option<Vec<Name>>, Error> {
        Ok(None)
    }
    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        self.up()?;
        let packages = self.packages.lock().unwrap();
        let own = packages.keys().filter(|(known, _)| known == name);
        Ok(own.map(|(_, version)| version.clone()).collect())
    }
    fn manifest(&self, name: &Name, which: Which<'_>) -> Result<Document, Error> {
        self.up()?;
        let packages = self.packages.lock().unwrap();
        let found = packages.iter().find(|((known, version), document)| {
            known == name
                && match which {
                    Which::Version(wanted) => wanted == version,
                    Which::Digest(wanted) => wanted == document.digest,
                }
        });
        found.map(|it| it.1.clone()).ok_or(Error::Missing {
            source_name: self.title(),
            what: which.to_string(),
        })
    }
    fn blob(
        &self,
        _: &Name,
        blob: &Descriptor,
        start: u64,
        sink: &mut dyn Write,
    ) -> Result<(), Error> {
        self.up()?;
        let blobs = self.blobs.lock().unwrap();
        let bytes = blobs.get(&blob.digest).ok_or(Error::Missing {
            source_name: self.title(),
            what: blob.digest.to_string(),
        })?;
        let bytes = &bytes[usize::try_from(start).unwrap()..];
        sink.write_all(bytes)
            .map_err(|error| Error::io("write", "", error))
    }
    fn publish(&self, name: &Name, artifact: &Artifact) -> Result<Published, Error> {
        let version = artifact.config().manifest.package.version.clone();
        self.put(name, &version, &artifact.manifest.bytes);
        for (blob, bytes) in artifact.blobs() {
            self.blobs
                .lock()
                .unwrap()
                .insert(blob.digest, bytes.to_vec());
        }
        Ok(Published::New)
    }
    fn referrers(&self, _: &Name, subject: Digest) -> Result<Vec<Referrer>, Error> {
        self.up()?;
        let referrers = self.referrers.lock().unwrap();
        let own = referrers.iter().filter(|it| it.0 == subject);
        Ok(own.map(|it| it.1.clone()).collect())
    }
    fn attach(&self, _: &Name, manifest: &ImageManifest, blobs: &[&[u8]]) -> Result<Digest, Error> {
        let document = Document::new(canonical::to_vec(manifest).unwrap());
        let digest = document.digest;
        let referrer = Referrer {
            document,
            manifest: manifest.clone(),
        };
        let subject = manifest.subject.as_ref().unwrap().digest;
        self.referrers.lock().unwrap().push((subject, referrer));
        for bytes in blobs {
            let mut all = self.blobs.lock().unwrap();
            all.insert(Digest::of(bytes), bytes.to_vec());
        }
        Ok(digest)
    }
}

/// A person's home, a registry and a clock.
struct Setting {
    directory: TempDir,
    trust: Trust,
    memory: Memory,
    hours: AtomicI64,
    name: Name,
}

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn at(hours: i64) -> Timestamp {
    start() + SignedDuration::from_hours(hours)
}

fn v(text: &str) -> Version {
    text.parse().unwrap()
}

impl Setting {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let home = Home::at(directory.path().join("home")).unwrap();
        Self {
            trust: Trust::of(&home),
            memory: Memory::default(),
            hours: AtomicI64::new(0),
            name: "acme/x".parse().unwrap(),
            directory,
        }
    }

    /// Another person's key.
    fn key(&self, name: &str) -> SigningKey {
        let keys = Keys::at(self.directory.path().join("others"));
        keys.generate(name, None).unwrap();
        keys.open(name, None).unwrap()
    }

    fn now(&self) -> Timestamp {
        at(self.hours.load(Ordering::Relaxed))
    }

    fn set(&self, hours: i64) {
        self.hours.store(hours, Ordering::Relaxed);
    }

    fn publish(&self, version: &str, key: Option<&SigningKey>) -> Document {
        let artifact = package("x", version, "");
        self.memory.publish(&self.name, &artifact).unwrap();
        if let Some(key) = key {
            sign(&self.memory, &self.name, &artifact.manifest, key).unwrap();
        }
        artifact.manifest
    }

    fn yank(&self, version: &str, key: &SigningKey, at: Timestamp, undo: bool) {
        let version = v(version);
        let which = Which::Version(&version);
        let statement = YankStatement {
            subject: self.memory.manifest(&self.name, which).unwrap().digest,
            reason: format!("broken at {at}"),
            version,
            at,
            undo,
        };
        yank(&self.memory, &self.name, &statement, key).unwrap();
    }

    /// Does something with a fresh guard, as a fresh process would.
    fn guarded<T>(&self, with: impl FnOnce(&Guard<'_>) -> T) -> T {
        let clock = || self.now();
        with(&Guard::new(&self.trust, &self.memory).with_clock(&clock))
    }

    fn digest(&self, version: &str) -> Digest {
        let version = v(version);
        let manifest = self.memory.manifest(&self.name, Which::Version(&version));
        manifest.unwrap().digest
    }

    fn objection(&self, version: &str) -> Result<Option<String>, Error> {
        let digest = self.digest(version);
        self.guarded(|guard| guard.objection(&self.name, &v(version), digest))
    }

    fn admit(&self, version: &str) -> Result<Admitted, Error> {
        let digest = self.digest(version);
        self.guarded(|guard| guard.admit(&self.name, &v(version), digest))
    }
}

/// The rule that an error is about.
fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    let error = result.unwrap_err();
    // Every one says what to do.
    assert!(error.help().is_some_and(|it| !it.is_empty()), "{error}");
    error.code()
}
