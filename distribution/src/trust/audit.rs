use cm_registry::Widening;
use cm_types::Digest;
use jiff::Timestamp;
use semver::Version;

use super::{Advisory, Findings, Guard, Provenance, Signer, Yanked, standing::standing};
use crate::{Config, Error, Name, Which};

/// A version that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The package.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// Its manifest.
    pub digest: Digest,
    /// Where it came from, for people.
    pub source: String,
}

/// What is to know of a version that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// Which.
    pub installed: Installed,
    /// Who has signed it.
    pub signature: Signed,
    /// Whether it was withdrawn.
    pub yanked: Option<Yanked>,
    /// Known faults, each with whether it comes from one who has signed the version.
    pub advisories: Vec<(Advisory, bool)>,
    /// Later versions, the lowest first; prereleases only where one is in use.
    pub newer: Vec<Version>,
    /// What the last of them asks for beyond this one, if it does.
    pub widening: Option<Widening>,
    /// Signatures and statements that are not valid.
    pub faults: Vec<String>,
    /// What could not be found out.
    pub problems: Vec<String>,
}

/// How it stands with the signature of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// It is signed by one who is trusted with it.
    By {
        /// Who.
        signer: Signer,
        /// When, if that is proven.
        at: Option<Timestamp>,
        /// Where it was built, if that is proven.
        provenance: Option<Provenance>,
    },
    /// It is not signed, and need not be.
    Not,
    /// It is used on the person's word.
    Accepted,
    /// It would not be taken now, and why.
    Refused(String),
    /// That could not be found out, and why.
    Unknown(String),
}

impl Guard<'_> {
    /// How it stands with the signature of a version. Remembers nothing.
    pub fn signed(&self, name: &Name, version: &Version, digest: Digest) -> Signed {
        match self.look(name, version, digest) {
            Ok(findings) => self.signed_by(name, version, digest, &findings),
            Err(error) => Signed::Unknown(error.to_string()),
        }
    }

    fn signed_by(
        &self,
        name: &Name,
        version: &Version,
        digest: Digest,
        findings: &Findings,
    ) -> Signed {
        let file = match self.trust.read() {
            Ok(file) => file,
            Err(error) => return Signed::Unknown(error.to_string()),
        };
        match standing(name, version, digest, findings, &file) {
            Ok(Some(proven)) => Signed::By {
                signer: proven.signer,
                at: proven.at,
                provenance: proven.provenance,
            },
            Ok(None) => Signed::Not,
            Err(_) if file.accepts(name, digest) => Signed::Accepted,
            Err(refusal) => Signed::Refused(refusal.to_string()),
        }
    }

    fn audited(&self, installed: &Installed) -> Audited {
        let Installed {
            name,
            version,
            digest,
            ..
        } = installed;
        let mut audited = Audited {
            installed: installed.clone(),
            signature: Signed::Not,
            yanked: None,
            advisories: Vec::new(),
            newer: Vec::new(),
            widening: None,
            faults: Vec::new(),
            problems: Vec::new(),
        };
        match self.look(name, version, *digest) {
            Ok(findings) => {
                audited.signature = self.signed_by(name, version, *digest, &findings);
                audited.faults.clone_from(&findings.faults);
                let trusted = self.trust.read().map(|file| file.trusted(name).0);
                let trusted = trusted.unwrap_or_default();
                audited.yanked = findings.yank(&trusted, self.now());
                let standing = findings.standing(&trusted).into_iter();
                audited.advisories = standing.map(|(it, own)| (it.clone(), own)).collect();
                audited.advisories.sort_by(|a, b| {
                    let key = |it: &(Advisory, bool)| (it.0.severity, it.1);
                    key(b).cmp(&key(a))
                });
            }
            Err(error) => audited.signature = Signed::Unknown(error.to_string()),
        }
        if let Err(error) = self.compare(installed, &mut audited) {
            audited.problems.push(error.to_string());
        }
        audited
    }

    fn compare(&self, installed: &Installed, audited: &mut Audited) -> Result<(), Error> {
        let Installed { name, version, .. } = installed;
        if self.offline {
            return Ok(());
        }
        let mut newer = self.source.versions(name)?;
        newer.retain(|it| it > version && (it.pre.is_empty() || !version.pre.is_empty()));
        audited.newer = newer;
        if let Some(last) = audited.newer.last() {
            let new = self.source.contents(name, Which::Version(last))?.1.config;
            let old = self.config(installed)?;
            let [old, new] = [old, new].map(|it| it.manifest.capabilities);
            let widening = cm_registry::difference(&old, &new);
            audited.widening = (!widening.is_empty()).then_some(widening);
        }
        Ok(())
    }

    fn config(&self, installed: &Installed) -> Result<Config, Error> {
        let what = format!("{} {}", installed.name, installed.version);
        if let Some(store) = self.store
            && let Some(contents) = store.contents(&what, installed.digest)?
        {
            return Ok(contents.config);
        }
        let which = Which::Digest(installed.digest);
        Ok(self.source.contents(&installed.name, which)?.1.config)
    }
}

/// Looks at versions that are in use. What cannot be found out about one does not
/// keep the others from being looked at.
pub fn audit(guard: &Guard<'_>, installed: &[Installed]) -> Vec<Audited> {
    installed.iter().map(|it| guard.audited(it)).collect()
}
