use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    thread,
};

use cm_types::Digest;
use semver::Version;

use super::Store;
use crate::{Contents, Error, Name, Source, Which, artifact, oci::Descriptor};

/// So many blobs are fetched at once.
const AT_ONCE: usize = 6;

/// A version to be fetched.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Which package.
    pub name: &'a Name,
    /// In which version.
    pub version: &'a Version,
    /// Its manifest. Nothing else passes for the version.
    pub digest: Digest,
    /// Where it is published; none to use only what is here already.
    pub source: Option<&'a dyn Source>,
}

/// How far fetching is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The package whose blob has just grown.
    pub name: Name,
    /// In this version.
    pub version: Version,
    /// The bytes of all blobs that are here.
    pub done: u64,
    /// The bytes of all blobs.
    pub all: u64,
}

/// Brings versions into the store, with all their blobs, and checks each manifest
/// against its config. On an error nothing is lost: what has arrived is kept for
/// the next time.
pub fn fetch(
    store: &Store,
    wanted: &[Wanted<'_>],
    progress: &(dyn Fn(&Progress) + Sync),
) -> Result<Vec<Contents>, Error> {
    let found = Mutex::new(BTreeMap::new());
    each(wanted.iter().enumerate().collect(), |(index, it)| {
        let contents = describe(store, it)?;
        lock(&found).insert(index, contents);
        Ok(())
    })?;
    let found: Vec<Contents> = found
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_values()
        .collect();

    let mut blobs: BTreeMap<Digest, (&Wanted<'_>, &Descriptor)> = BTreeMap::new();
    for (it, contents) in wanted.iter().zip(&found) {
        for blob in contents.manifest.blobs() {
            blobs.insert(blob.digest, (it, blob));
        }
    }
    let all = blobs.values().map(|(_, blob)| blob.size).sum();
    let done: Mutex<BTreeMap<Digest, u64>> = Mutex::default();
    // The large ones first, so that the last one is not waited for alone.
    let mut queue: Vec<_> = blobs.into_values().collect();
    queue.sort_by_key(|(_, blob)| blob.size);
    queue.reverse();
    each(queue, |(it, blob)| {
        let grown = |bytes: u64| {
            let mut done = lock(&done);
            done.insert(blob.digest, bytes);
            let sum = done.values().sum();
            progress(&Progress {
                name: it.name.clone(),
                version: it.version.clone(),
                done: sum,
                all,
            });
        };
        match it.source {
            Some(source) => store.fetch_blob(source, it.name, blob, &grown),
            None if store.has(blob) => {
                grown(blob.size);
                Ok(())
            }
            None => Err(store.missing(blob)),
        }
    })?;
    Ok(found)
}

/// A version's manifest and config, from the store or else from its source.
fn describe(store: &Store, wanted: &Wanted<'_>) -> Result<Contents, Error> {
    let what = format!("{} {}", wanted.name, wanted.version);
    let contents = match (store.contents(&what, wanted.digest)?, wanted.source) {
        (Some(contents), _) => contents,
        (None, Some(source)) => {
            let document = source.manifest(wanted.name, Which::Digest(wanted.digest))?;
            let (_, descriptor) = Contents::config_of(&what, &document.bytes)?;
            let config = source.small_blob(wanted.name, &descriptor, artifact::MAX_CONFIG_BYTES)?;
            let contents = Contents::read(&what, &document.bytes, &config)?;
            store.keep(&config)?;
            store.keep(&document.bytes)?;
            contents
        }
        (None, None) => {
            return Err(Error::Missing {
                source_name: store.title(),
                what: format!("{what} (the manifest {})", wanted.digest),
            });
        }
    };
    let package = &contents.config.manifest.package;
    if package.name != wanted.name.package() || package.version != *wanted.version {
        return Err(Error::refused(
            what,
            format!("it calls itself {}", contents.config.title()),
        ));
    }
    Ok(contents)
}

/// Does some work on a few threads; stops at the first error.
fn each<T: Send>(work: Vec<T>, task: impl Fn(T) -> Result<(), Error> + Sync) -> Result<(), Error> {
    let threads = AT_ONCE.min(work.len());
    let queue = Mutex::new(work.into_iter());
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while lock(&failed).is_none() {
                    let Some(item) = lock(&queue).next() else {
                        break;
                    };
                    if let Err(error) = task(item) {
                        lock(&failed).get_or_insert(error);
                    }
                }
            });
        }
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
