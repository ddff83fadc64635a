use std::collections::{BTreeMap, BTreeSet};

use cm_types::Digest;
use jiff::Timestamp;

use super::{
    ADVISORY, Advisory, Evidence, MINISIGN, Proven, SIGSTORE, Signer, YANK, YankStatement,
    evidence::Item, statement::Statement,
};

/// What of the evidence about a manifest is true to its signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Valid signatures of the manifest, whoever made them.
    pub signatures: Vec<Proven>,
    /// Validly signed yanks, whoever signed them; see [`Findings::yank`].
    pub yanks: Vec<Noted<YankStatement>>,
    /// Validly signed advisories, whoever signed them.
    pub advisories: Vec<Noted<Advisory>>,
    /// What was not valid, and why.
    pub faults: Vec<String>,
}

/// A statement with a valid signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted<S> {
    /// What it says.
    pub statement: S,
    /// Who says it.
    pub by: Proven,
    /// The artifact it came in.
    pub artifact: Digest,
}

/// A version that was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yanked {
    /// For people.
    pub reason: String,
    /// When, as the one says who did it.
    pub at: Timestamp,
    /// When, as is proven.
    pub proven_at: Option<Timestamp>,
    /// Whether it was the one who has signed the version. False where it is not
    /// signed: then it may have been anybody who can write to the registry.
    pub verified: bool,
    /// The artifact that says so.
    pub artifact: Digest,
}

impl Evidence {
    /// Verifies all of it against the manifest's bytes.
    pub fn check(&self, manifest: &[u8]) -> Findings {
        let subject = Digest::of(manifest);
        let mut found = Findings::default();
        for (&artifact, item) in &self.items {
            for fault in &item.faults {
                found.fault(artifact, item, fault);
            }
            match item.kind.as_str() {
                MINISIGN | SIGSTORE => {
                    let proven = found.proven(artifact, item, manifest);
                    found.signatures.extend(proven);
                }
                YANK => {
                    let all = found.statements(artifact, item, subject);
                    found.yanks.extend(all);
                }
                ADVISORY => {
                    let all = found.statements(artifact, item, subject);
                    found.advisories.extend(all);
                }
                _ => {}
            }
        }
        found
    }
}

impl Findings {
    fn fault(&mut self, artifact: Digest, item: &Item, why: &str) {
        let kind = match item.kind.as_str() {
            YANK => "yank",
            ADVISORY => "advisory",
            _ => "signature",
        };
        let text = format!("the {kind} in {} is not valid: {why}", artifact.short());
        // Words of strangers: nothing in them may move the cursor.
        let plain = text
            .chars()
            .map(|it| if it.is_control() { '\u{fffd}' } else { it });
        self.faults.push(plain.take(600).collect());
    }

    fn proven(&mut self, artifact: Digest, item: &Item, message: &[u8]) -> Vec<Proven> {
        let mut valid = Vec::new();
        for proof in &item.proofs {
            match proof.verify(message) {
                Ok(proven) => valid.push(proven),
                Err(why) => self.fault(artifact, item, &format!("{}: {why}", proof.title())),
            }
        }
        if item.proofs.is_empty() && item.faults.is_empty() {
            self.fault(artifact, item, "it is not signed");
        }
        valid
    }

    fn statements<S: Statement + Clone>(
        &mut self,
        artifact: Digest,
        item: &Item,
        subject: Digest,
    ) -> Vec<Noted<S>> {
        let Some(text) = &item.statement else {
            if item.faults.is_empty() {
                self.fault(artifact, item, "it says nothing");
            }
            return Vec::new();
        };
        // Signatures first: what strangers wrote is not even parsed without one.
        let proven = self.proven(artifact, item, text.as_bytes());
        if proven.is_empty() {
            return Vec::new();
        }
        match S::read(text, subject) {
            Ok(statement) => {
                let noted = proven.into_iter().map(|by| Noted {
                    statement: statement.clone(),
                    by,
                    artifact,
                });
                noted.collect()
            }
            Err(why) => {
                self.fault(artifact, item, &why);
                Vec::new()
            }
        }
    }

    /// Everybody who has signed the manifest.
    pub fn signers(&self) -> BTreeSet<Signer> {
        let each = self.signatures.iter();
        each.map(|it| it.signer.clone()).collect()
    }

    /// The signature by one of these; the one with a proven time first.
    pub fn signature_by(&self, signers: &BTreeSet<Signer>) -> Option<&Proven> {
        let own = self
            .signatures
            .iter()
            .filter(|it| signers.contains(&it.signer));
        own.max_by_key(|it| it.at)
    }

    /// Whose word counts for this version: of those who have signed it the ones
    /// that are trusted, or all if nobody is yet. None if it is not signed.
    fn authorities(&self, trusted: &BTreeSet<Signer>) -> Option<BTreeSet<Signer>> {
        let signers = self.signers();
        if signers.is_empty() {
            return None;
        }
        let both: BTreeSet<_> = signers.intersection(trusted).cloned().collect();
        Some(if both.is_empty() { signers } else { both })
    }

    /// Whether it is yanked, where these signers are trusted.
    pub fn yank(&self, trusted: &BTreeSet<Signer>, now: Timestamp) -> Option<Yanked> {
        let authorities = self.authorities(trusted);
        let counts = |it: &&Noted<YankStatement>| {
            let own = authorities.as_ref();
            own.is_none_or(|own| own.contains(&it.by.signer))
                // What comes from the future may withdraw a version, not bring one back.
                && !(it.statement.undo && super::rules::is_future(it.statement.at, now))
        };
        let last = self
            .yanks
            .iter()
            .filter(counts)
            // Said at the same moment, a yank stands.
            .max_by_key(|it| (it.statement.at, !it.statement.undo))?;
        (!last.statement.undo).then(|| Yanked {
            reason: last.statement.reason.clone(),
            at: last.statement.at,
            proven_at: last.by.at,
            verified: authorities.is_some(),
            artifact: last.artifact,
        })
    }

    /// The advisories that stand, each with whether it comes from one who has
    /// signed the version. The latest of each name and signer counts.
    pub fn standing(&self, trusted: &BTreeSet<Signer>) -> Vec<(&Advisory, bool)> {
        let authorities = self.authorities(trusted).unwrap_or_default();
        let mut last: BTreeMap<(&str, &Signer), &Advisory> = BTreeMap::new();
        for noted in &self.advisories {
            let key = (noted.statement.id.as_str(), &noted.by.signer);
            let known = last.entry(key).or_insert(&noted.statement);
            if (noted.statement.at, !noted.statement.withdrawn) > (known.at, !known.withdrawn) {
                *known = &noted.statement;
            }
        }
        let standing = last.into_iter().filter(|(_, it)| !it.withdrawn);
        standing
            .map(|((_, signer), it)| (it, authorities.contains(signer)))
            .collect()
    }
}
