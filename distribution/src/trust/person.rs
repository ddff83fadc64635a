use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use cm_registry::Home;
use cm_types::Digest;
use jiff::{SignedDuration, Timestamp};

use super::{Evidence, Keys, NamespaceTrust, Signer, TrustFile, file::parse, notes::Notes};
use crate::{Error, Name, canonical, disk};

/// A `trust.json` larger than this is none.
const MAX_BYTES: u64 = 64 << 20;

/// A time that is kept to the day does not need to be written more often.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Whom a person trusts: `trust.json`, the evidence that was kept, and the
/// person's own keys.
#[derive(Clone, Debug)]
pub struct Trust {
    root: PathBuf,
    keys: Keys,
    notes: Arc<Notes>,
}

impl Trust {
    /// The one in this home.
    pub fn of(home: &Home) -> Self {
        Self {
            root: home.root().to_owned(),
            keys: Keys::of(home),
            notes: Arc::new(Notes::new(home.root().to_owned())),
        }
    }

    /// The person's keys.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The file itself.
    pub fn path(&self) -> PathBuf {
        file(&self.root)
    }

    pub(super) fn evidence_file(&self, subject: Digest) -> PathBuf {
        self.root
            .join("evidence")
            .join(format!("{}.json", subject.hex()))
    }

    /// What was kept about a manifest; none if it was never looked at.
    pub fn evidence(&self, subject: Digest) -> Result<Option<Evidence>, Error> {
        Evidence::read(&self.evidence_file(subject))
    }

    /// What it says. One that is damaged is an error: to go on without it would be
    /// to trust everybody.
    pub fn read(&self) -> Result<TrustFile, Error> {
        let mut file = read(&self.root)?;
        self.notes.pending().clone().settle(&mut file);
        Ok(file)
    }

    /// Changes it in one move, alone.
    pub fn change<T>(&self, change: impl FnOnce(&mut TrustFile) -> T) -> Result<T, Error> {
        let noted = self.notes.take();
        self::change(&self.root, |file| {
            noted.settle(file);
            change(file)
        })
    }

    /// From now on this one publishes the package too.
    pub fn accept_signer(&self, name: &Name, signer: &Signer) -> Result<(), Error> {
        self.change(|file| {
            let pin = file.packages.entry(name.clone()).or_default();
            pin.signers.insert(signer.clone());
        })
    }

    /// From now on this one does not publish the package any more; says whether it
    /// did. Without any signer left, the next one that is met is pinned.
    pub fn drop_signer(&self, name: &Name, signer: &Signer) -> Result<bool, Error> {
        self.change(|file| {
            let pin = file.packages.get_mut(name);
            pin.is_some_and(|pin| pin.signers.remove(signer))
        })
    }

    /// Exactly this manifest will do, whatever the rules say.
    pub fn accept_digest(&self, name: &Name, digest: Digest) -> Result<(), Error> {
        self.change(|file| {
            let pin = file.packages.entry(name.clone()).or_default();
            pin.accepted.insert(digest);
        })
    }

    /// Forgets who publishes a package; says whether that was known.
    pub fn forget(&self, name: &Name) -> Result<bool, Error> {
        self.change(|file| file.packages.remove(name).is_some())
    }

    /// Sets what holds for a namespace.
    pub fn set_namespace(&self, namespace: &str, rule: NamespaceTrust) -> Result<(), Error> {
        // Says what is wrong with the name, if anything is.
        Name::within(namespace, "x")?;
        self.change(|file| {
            if rule == NamespaceTrust::default() {
                file.namespaces.remove(namespace);
            } else {
                file.namespaces.insert(namespace.to_owned(), rule);
            }
        })
    }

    /// When this was first seen here: now, if it never was. A time in the future is
    /// none: the clock was wrong then.
    pub(super) fn first_seen(&self, what: Digest, now: Timestamp) -> Result<Timestamp, Error> {
        let known = self.read()?.seen.get(&what).copied();
        if let Some(seen) = known.filter(|&it| !super::rules::is_future(it, now)) {
            return Ok(seen);
        }
        Ok(*self.notes.pending().seen.entry(what).or_insert(now))
    }

    /// This was not yanked now.
    pub(super) fn seen_clean(&self, what: Digest, now: Timestamp) -> Result<(), Error> {
        let known = self.read()?.clean.get(&what).copied();
        if known.is_none_or(|it| now.duration_since(it).abs() >= DAY) {
            self.notes.pending().clean.insert(what, now);
        }
        Ok(())
    }
}

fn file(root: &Path) -> PathBuf {
    root.join("trust.json")
}

fn read(root: &Path) -> Result<TrustFile, Error> {
    let path = file(root);
    match disk::read(&path, MAX_BYTES)? {
        Some(bytes) => Ok(parse(&path, &bytes)?),
        None => Ok(TrustFile::default()),
    }
}

/// Changes it in one move, alone.
pub(super) fn change<T>(root: &Path, change: impl FnOnce(&mut TrustFile) -> T) -> Result<T, Error> {
    disk::create_directories(root)?;
    let _lock = disk::Lock::acquire(&root.join("trust.lock"))?;
    let before = read(root)?;
    let mut after = before.clone();
    let result = change(&mut after);
    if after != before {
        let path = file(root);
        let bytes =
            canonical::to_vec(&after).map_err(|error| Error::io("write", &path, error.into()))?;
        disk::replace(&path, &bytes)?;
    }
    Ok(result)
}
