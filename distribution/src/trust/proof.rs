use jiff::Timestamp;
use minisign_verify::{PublicKey, Signature};
use serde::{Deserialize, Serialize};

use super::{MAX_STATEMENT_BYTES, Signer, sigstore};

/// A Sigstore bundle larger than this is none.
pub const MAX_BUNDLE_BYTES: u64 = 512 << 10;

/// A signature as it was found, believed by nobody yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Proof {
    /// By a minisign key.
    Minisign {
        /// The public key to try.
        key: String,
        /// The four lines of a signature.
        text: String,
    },
    /// A Sigstore bundle.
    Sigstore {
        /// Its JSON.
        bundle: String,
    },
}

/// What a valid signature proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Who has signed.
    pub signer: Signer,
    /// When, if that is proven too.
    pub at: Option<Timestamp>,
    /// Where it was built, if that is proven too.
    pub provenance: Option<Provenance>,
}

/// Where something was built, as the one who runs the build has vouched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The source's repository.
    pub repository: Option<String>,
    /// Its revision.
    pub revision: Option<String>,
    /// The workflow that built it.
    pub workflow: Option<String>,
}

impl Proof {
    /// Verifies it without any network; an error is the end of "… is not valid".
    pub fn verify(&self, message: &[u8]) -> Result<Proven, String> {
        match self {
            Self::Minisign { key, text } => minisign(message, key, text),
            Self::Sigstore { bundle } => sigstore::verify(message, bundle),
        }
    }

    /// How messages call it.
    pub(super) fn title(&self) -> String {
        match self {
            Self::Minisign { key, .. } => match Signer::key(key) {
                Ok(signer) => format!("a signature that names {signer}"),
                Err(_) => "a minisign signature".into(),
            },
            Self::Sigstore { .. } => "a Sigstore bundle".into(),
        }
    }
}

fn minisign(message: &[u8], key: &str, text: &str) -> Result<Proven, String> {
    let signer = Signer::key(key).map_err(|error| error.to_string())?;
    let key = PublicKey::from_base64(key).map_err(|error| error.to_string())?;
    if text.len() as u64 > MAX_STATEMENT_BYTES {
        return Err("it is too large".into());
    }
    let signature = Signature::decode(text).map_err(|error| error.to_string())?;
    key.verify(message, &signature, false)
        .map_err(|error| error.to_string())?;
    // The time in its comment is what the signer says, and proves nothing.
    Ok(Proven {
        signer,
        at: None,
        provenance: None,
    })
}
