use std::{collections::BTreeSet, fmt};

use cm_types::Digest;
use semver::Version;

use super::Signer;
use crate::Name;

/// Why a version is not taken, whoever asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The package.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// Its manifest.
    pub digest: Digest,
    /// The rule.
    pub why: Why,
}

/// The rule that a version breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is signed, and by none of those who should have.
    OtherSigner {
        /// Who should have.
        wanted: BTreeSet<Signer>,
        /// Who has.
        got: BTreeSet<Signer>,
        /// Whether that is wanted of the whole namespace.
        namespace: bool,
    },
    /// It has no valid signature, and should have one.
    Unsigned {
        /// Who should have signed it.
        wanted: BTreeSet<Signer>,
        /// Whether that is wanted of the whole namespace.
        namespace: bool,
        /// What is wrong with the signatures it has.
        faults: Vec<String>,
    },
    /// Several have signed it, and nobody has said whom to trust.
    SeveralSigners {
        /// Who has.
        got: BTreeSet<Signer>,
    },
    /// It is left alone: all versions before it were yanked about when it came.
    AllOlderYanked {
        /// How many.
        count: usize,
    },
    /// There are too many artifacts about it to read.
    TooMany {
        /// How many there may be.
        limit: usize,
    },
    /// Nothing is known of it here, and nobody may be asked.
    NeverSeen,
}

impl Refusal {
    /// A stable name in kebab-case.
    pub fn code(&self) -> &'static str {
        match self.why {
            Why::OtherSigner { .. } => "signer-changed",
            Why::Unsigned { .. } => "signature-missing",
            Why::SeveralSigners { .. } => "several-signers",
            Why::AllOlderYanked { .. } => "older-versions-yanked",
            Why::TooMany { .. } => "too-many-statements",
            Why::NeverSeen => "signature-unknown",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        let name = &self.name;
        let these = format!("`cm trust accept {name} --digest {}`", self.digest);
        match &self.why {
            Why::OtherSigner { got, .. } => {
                let signer = got.first().map_or_else(String::new, Signer::to_string);
                format!(
                    "ask the publisher in another way than this registry. If it is right, run \
                     `cm trust accept {name} --signer {signer}`; to stay with what you have, ask \
                     for an older version: `{name}@<{}`",
                    self.version
                )
            }
            Why::Unsigned { .. } => format!(
                "ask the publisher in another way than this registry. To use exactly these bytes \
                 all the same, run {these}"
            ),
            Why::SeveralSigners { got } => {
                let each = got
                    .iter()
                    .map(|it| format!("`cm trust accept {name} --signer {it}`"));
                let each: Vec<_> = each.collect();
                format!("say whose word counts: {}", each.join(", or "))
            }
            Why::AllOlderYanked { .. } => {
                format!("look at the package and its source first. If it is right, run {these}")
            }
            Why::TooMany { .. } => "tell who runs the registry".into(),
            Why::NeverSeen => "run the command once without `--offline`".into(),
        }
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} is not taken: ", self.name, self.version)?;
        let whose = |namespace: bool| {
            if namespace {
                "packages of this namespace have to be"
            } else {
                "until now the package was"
            }
        };
        match &self.why {
            Why::OtherSigner {
                wanted,
                got,
                namespace,
            } => write!(
                f,
                "it is signed by {}, and {} signed by {}. Its publisher may have a new key, or \
                 somebody else has published it",
                list(got),
                whose(*namespace),
                list(wanted)
            ),
            Why::Unsigned {
                wanted,
                namespace,
                faults,
            } => {
                write!(
                    f,
                    "it has no valid signature, and {} signed by {}",
                    whose(*namespace),
                    list(wanted)
                )?;
                for fault in faults.iter().take(3) {
                    write!(f, "; {fault}")?;
                }
                Ok(())
            }
            Why::SeveralSigners { got } => write!(
                f,
                "it is signed by {}, and nothing says which of them publishes it",
                list(got)
            ),
            Why::AllOlderYanked { count } => {
                match count {
                    1 => f.write_str("the only version before it was yanked")?,
                    count => write!(
                        f,
                        "the {count} versions before it, all that there were, were yanked"
                    )?,
                }
                write!(
                    f,
                    " within {} days of the first one after. That is how somebody who has \
                     stolen a publisher's key would leave only their own versions to choose",
                    super::rules::STORM.as_hours() / 24
                )
            }
            Why::TooMany { limit } => write!(
                f,
                "the registry has more than {limit} artifacts about it, and what they say of it \
                 cannot be told"
            ),
            Why::NeverSeen => f.write_str(
                "it is not known here who has signed it, and the registry is not to be asked",
            ),
        }
    }
}

fn list(signers: &BTreeSet<Signer>) -> String {
    let each: Vec<_> = signers.iter().map(Signer::to_string).collect();
    each.join(" and ")
}
