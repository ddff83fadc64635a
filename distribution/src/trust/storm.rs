use cm_types::Digest;
use jiff::Timestamp;
use semver::Version;

use super::{Findings, Guard, Refusal, TrustFile, Yanked, refusal::Why, rules};
use crate::{Error, Name, Which};

/// If so many versions are yanked one after the other, all are taken to be.
const ENOUGH: usize = 64;

/// The lowest version that is not yanked, where there are yanked ones below it.
struct Survivor {
    digest: Digest,
    version: Version,
    yanked: Vec<(Digest, Yanked)>,
}

impl Guard<'_> {
    /// Refuses a version if everything before it was yanked about when it came, or
    /// about when the first one came that was not: a thief of a publisher's key who
    /// does that leaves only their own versions to choose.
    pub(super) fn no_storm(
        &self,
        name: &Name,
        version: &Version,
        digest: Digest,
        since: Timestamp,
        file: &TrustFile,
    ) -> Result<(), Error> {
        if self.offline {
            return Ok(());
        }
        let mut older = self.source.versions(name)?;
        // Nobody is left with a prerelease who did not ask for one.
        older.retain(|it| it < version && (it.pre.is_empty() || !version.pre.is_empty()));
        let Some(survivor) = self.survivor(name, version, digest, &older, file)? else {
            return Ok(());
        };
        let itself = survivor.digest == digest;
        let since = match itself {
            true => since,
            false => self.since_of(name, &survivor, file)?,
        };
        // Those of which it is known when they were not yanked yet say more.
        let known = survivor
            .yanked
            .iter()
            .any(|(digest, _)| file.clean.contains_key(digest));
        let (mut found, mut established) = (false, false);
        for (digest, yanked) in &survivor.yanked {
            let clean = file.clean.get(digest).copied();
            let first = clean
                .into_iter()
                .chain(file.seen.get(digest).copied())
                .min();
            established |= first.is_some_and(|it| it < since && !rules::near(it, since));
            if clean.is_some() || !known {
                found |= self.belongs(yanked, clean, since)?;
            }
        }
        // Where nothing is known from before, all is seen for the first time at once,
        // and that says nothing against those that came later.
        if !found || !(itself || established) || self.healed(name, &survivor, &older, file)? {
            return Ok(());
        }
        Err(Box::new(Refusal {
            name: name.clone(),
            version: version.clone(),
            digest,
            why: Why::AllOlderYanked {
                count: survivor.yanked.len(),
            },
        })
        .into())
    }

    fn survivor(
        &self,
        name: &Name,
        version: &Version,
        digest: Digest,
        older: &[Version],
        file: &TrustFile,
    ) -> Result<Option<Survivor>, Error> {
        let mut yanked = Vec::new();
        for before in older.iter().take(ENOUGH) {
            let digest = match self.source.manifest(name, Which::Version(before)) {
                Ok(manifest) => manifest.digest,
                // Nobody can choose what is not there.
                Err(Error::Missing { .. } | Error::NoVersion { .. }) => continue,
                Err(error) => return Err(error),
            };
            let findings = self.look(name, before, digest)?;
            match self.yank(name, &findings, file) {
                Some(yank) => yanked.push((digest, yank)),
                None => {
                    self.trust.seen_clean(digest, self.now())?;
                    return Ok((!yanked.is_empty()).then(|| Survivor {
                        digest,
                        version: before.clone(),
                        yanked,
                    }));
                }
            }
        }
        Ok((!yanked.is_empty()).then(|| Survivor {
            digest,
            version: version.clone(),
            yanked,
        }))
    }

    fn since_of(
        &self,
        name: &Name,
        survivor: &Survivor,
        file: &TrustFile,
    ) -> Result<Timestamp, Error> {
        let findings = self.look(name, &survivor.version, survivor.digest)?;
        let signature = findings.signature_by(&file.trusted(name).0);
        Ok(self.since(survivor.digest, signature)?.0)
    }

    /// Whether a yank may have come about when something else did. The time that it
    /// names is its author's own word, and a thief would name another one: so it is
    /// some time between when it was last known to be missing and when it was seen.
    fn belongs(
        &self,
        yanked: &Yanked,
        clean: Option<Timestamp>,
        since: Timestamp,
    ) -> Result<bool, Error> {
        if let Some(proven) = yanked.proven_at {
            return Ok(rules::near(proven, since));
        }
        let seen = self.trust.first_seen(yanked.artifact, self.now())?;
        let before = seen < since && !rules::near(seen, since);
        let after = clean.is_some_and(|it| it > since && !rules::near(it, since));
        Ok(!before && !after)
    }

    /// Whether the person has accepted one of those that came after.
    fn healed(
        &self,
        name: &Name,
        survivor: &Survivor,
        older: &[Version],
        file: &TrustFile,
    ) -> Result<bool, Error> {
        let after = older.iter().filter(|it| **it >= survivor.version);
        for version in after {
            let manifest = self.source.manifest(name, Which::Version(version));
            if manifest.is_ok_and(|it| file.accepts(name, it.digest)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a version is yanked, as far as those count who are trusted with it.
    pub(super) fn yank(
        &self,
        name: &Name,
        findings: &Findings,
        file: &TrustFile,
    ) -> Option<Yanked> {
        findings.yank(&file.trusted(name).0, self.now())
    }
}
