use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use cm_types::Digest;
use jiff::{SignedDuration, Timestamp};
use semver::Version;

use super::{Findings, Proven, Trust, Yanked, rules, standing::standing};
use crate::{Error, Name, Source, Store};

/// What was found out about versions, shared by guards of the same registries: nothing is
/// asked for twice.
#[derive(Clone, Debug, Default)]
pub struct Looked(pub(super) Arc<Mutex<BTreeMap<Digest, Arc<Findings>>>>);

/// Applies the rules of trust to versions.
pub struct Guard<'a> {
    pub(super) trust: &'a Trust,
    pub(super) source: &'a dyn Source,
    pub(super) store: Option<&'a Store>,
    cooldown: SignedDuration,
    clock: &'a (dyn Fn() -> Timestamp + Sync),
    own: &'a (dyn Fn(&Name) -> bool + Sync),
    pub(super) offline: bool,
    pub(super) known: Looked,
}

/// A version that the rules allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Its signature by one who is trusted; none if it is not signed.
    pub signature: Option<Proven>,
    /// Whether its signer is trusted from now on, and was not known before.
    pub pinned: bool,
    /// Whether it is taken on the person's word alone.
    pub accepted: bool,
    /// Whether it was withdrawn. That does not matter to one that is in use.
    pub yanked: Option<Yanked>,
    /// Signatures and statements that are not valid.
    pub faults: Vec<String>,
}

impl<'a> Guard<'a> {
    /// The rules as they are by default: versions of others are used after three days.
    pub fn new(trust: &'a Trust, source: &'a dyn Source) -> Self {
        Self {
            trust,
            source,
            store: None,
            cooldown: rules::COOLDOWN,
            clock: &Timestamp::now,
            own: &|_| false,
            offline: false,
            known: Looked::default(),
        }
    }

    /// Reads manifests from here if they are.
    pub fn with_store(mut self, store: &'a Store) -> Self {
        self.store = Some(store);
        self
    }

    /// Shares what was found out.
    pub fn with_looked(mut self, looked: &Looked) -> Self {
        self.known = looked.clone();
        self
    }

    /// Versions of others are used when they are so old.
    pub fn with_cooldown(mut self, cooldown: SignedDuration) -> Self {
        self.cooldown = cooldown;
        self
    }

    /// Takes the time from here.
    pub fn with_clock(mut self, clock: &'a (dyn Fn() -> Timestamp + Sync)) -> Self {
        self.clock = clock;
        self
    }

    /// These packages are the person's own, beside those that `trust.json` and their
    /// keys say are: those in the registry of this home, for example.
    pub fn with_own(mut self, own: &'a (dyn Fn(&Name) -> bool + Sync)) -> Self {
        self.own = own;
        self
    }

    /// Asks nobody: what was kept has to do.
    pub fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Says why a version should not be taken by anyone who does not use it yet, for
    /// [`crate::Catalog::with_objection`]. An error means that nothing should be:
    /// somebody else may have taken the publisher's place.
    pub fn objection(
        &self,
        name: &Name,
        version: &Version,
        digest: Digest,
    ) -> Result<Option<String>, Error> {
        let file = self.trust.read()?;
        if file.accepts(name, digest) {
            return Ok(None);
        }
        let findings = self.look(name, version, digest)?;
        let signature = standing(name, version, digest, &findings, &file)?;
        let (since, proven) = self.since(digest, signature.as_ref())?;
        if let Some(yanked) = self.yank(name, &findings, &file) {
            let doubt = if yanked.verified {
                ""
            } else {
                " (unverified: it is not signed)"
            };
            return Ok(Some(format!(
                "it was yanked on {}{doubt}: {}",
                rules::day(yanked.at),
                yanked.reason
            )));
        }
        // Nobody is kept from what they have published themselves.
        let mine = self.is_mine(name, &findings)?;
        if !mine {
            self.no_storm(name, version, digest, since, &file)?;
        }
        let age = self.now().duration_since(since);
        if mine || age >= self.cooldown || file.is_own(name) {
            return Ok(None);
        }
        let known = if proven {
            format!("it was published {} ago", rules::days(age))
        } else {
            format!(
                "when it was published is not known, and it was first seen here {} ago",
                rules::days(age)
            )
        };
        Ok(Some(format!(
            "{known}; versions of others are used after {}. To use it now, run \
             `cm trust accept {name} --digest {digest}`",
            rules::days(self.cooldown)
        )))
    }

    /// The same as a closure.
    pub fn objecting(
        &self,
    ) -> impl Fn(&Name, &Version, Digest) -> Result<Option<String>, Error> + '_ {
        |name, version, digest| self.objection(name, version, digest)
    }

    /// Allows a version that was chosen, and remembers who has signed it. Yanks and
    /// age do not matter any more: a lock file comes before them.
    pub fn admit(&self, name: &Name, version: &Version, digest: Digest) -> Result<Admitted, Error> {
        let findings = self.look(name, version, digest)?;
        let now = self.now();
        self.trust.first_seen(digest, now)?;
        let (signature, pinned, accepted) = self.trust.change(|file| {
            let accepted = file.accepts(name, digest);
            let signature = match standing(name, version, digest, &findings, file) {
                Ok(signature) => signature,
                // One that is taken on the person's word says nothing of the next.
                Err(_) if accepted => None,
                Err(refusal) => return Err(refusal),
            };
            let (trusted, _) = file.trusted(name);
            let pin = file.packages.entry(name.clone()).or_default();
            pin.since.get_or_insert(now);
            let mut pinned = false;
            // Where the namespace says who it is, its word may change.
            if let Some(signature) = &signature
                && trusted.is_empty()
            {
                pinned = pin.signers.insert(signature.signer.clone());
            }
            Ok((signature, pinned, accepted))
        })??;
        let yanked = self.yank(name, &findings, &self.trust.read()?);
        Ok(Admitted {
            signature,
            pinned,
            accepted,
            yanked,
            faults: findings.faults.clone(),
        })
    }

    /// Since when a version is known to exist, and whether that is proven.
    pub(super) fn since(
        &self,
        digest: Digest,
        signature: Option<&Proven>,
    ) -> Result<(Timestamp, bool), Error> {
        let now = self.now();
        let proven = signature.and_then(|it| it.at);
        match proven.filter(|&it| !rules::is_future(it, now)) {
            Some(proven) => Ok((proven, true)),
            None => Ok((self.trust.first_seen(digest, now)?, false)),
        }
    }

    /// Whether the person has published it: it lies where nobody else publishes, or is
    /// signed with a key that is here.
    fn is_mine(&self, name: &Name, findings: &Findings) -> Result<bool, Error> {
        if (self.own)(name) {
            return Ok(true);
        }
        let signers = findings.signers();
        let keys = self.trust.keys().list()?;
        Ok(keys
            .iter()
            .any(|key| key.secret && signers.contains(&key.signer)))
    }
}
