//! Whom a package is from, whether it was withdrawn, and whether it is old enough
//! to be used.
//!
//! Signatures, yanks and advisories travel as artifacts about a package's manifest.
//! What they say of themselves counts for nothing: each is believed as far as its
//! signature, verified without any network, and the person's own `trust.json` go.

mod audit;
mod error;
mod evidence;
mod file;
mod findings;
mod guard;
mod keys;
mod look;
mod notes;
mod person;
mod proof;
mod publish;
mod refusal;
mod rules;
mod signer;
mod sigstore;
mod standing;
mod statement;
mod storm;
#[cfg(test)]
mod tests;
mod verify;

pub use audit::{Audited, Installed, Signed, audit};
pub use error::TrustError;
pub use evidence::{Evidence, MAX_REFERRERS};
pub use file::{NamespaceTrust, Pin, TrustFile};
pub use findings::{Findings, Noted, Yanked};
pub use guard::{Admitted, Guard, Looked};
pub use keys::{KeyInfo, Keys, SigningKey};
pub use person::Trust;
pub use proof::{MAX_BUNDLE_BYTES, Proof, Proven, Provenance};
pub use publish::{advise, attach_bundle, sign, yank};
pub use refusal::{Refusal, Why};
pub use signer::Signer;
pub use statement::{
    ADVISORY, Advisory, MAX_STATEMENT_BYTES, MINISIGN, SIGSTORE, Severity, YANK, YankStatement,
};
pub use verify::{Verification, verify};
