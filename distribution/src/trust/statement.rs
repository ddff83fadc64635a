use cm_types::Digest;
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A minisign signature of a manifest.
pub const MINISIGN: &str = "application/vnd.codemachine.signature.minisign.v1";
/// A Sigstore bundle about a manifest.
pub const SIGSTORE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// A version's yank, or the end of one.
pub const YANK: &str = "application/vnd.codemachine.yank.v1+json";
/// A known fault of a version.
pub const ADVISORY: &str = "application/vnd.codemachine.advisory.v1+json";

/// The annotation with the public key of a minisign signature. It says which key to
/// try, not whom to trust.
pub(super) const KEY_ANNOTATION: &str = "io.codemachine.minisign.key";

/// A yank, an advisory or a minisign signature larger than this is none.
pub const MAX_STATEMENT_BYTES: u64 = 64 << 10;

/// That a version should not be taken any more by those who do not have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct YankStatement {
    /// The manifest it is about. Else it could be attached to another one.
    pub subject: Digest,
    /// The version.
    pub version: Version,
    /// For people.
    pub reason: String,
    /// When it was said. The latest one counts.
    pub at: Timestamp,
    /// Whether it takes an earlier one back.
    #[serde(default)]
    pub undo: bool,
}

/// A known fault of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Advisory {
    /// The manifest it is about.
    pub subject: Digest,
    /// The version.
    pub version: Version,
    /// What it is known as; the same again replaces it.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence.
    pub title: String,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The first version without the fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Version>,
    /// When it was said.
    pub at: Timestamp,
    /// Whether it turned out to be wrong.
    #[serde(default)]
    pub withdrawn: bool,
}

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Of little consequence.
    Low,
    /// Worth an update soon.
    Medium,
    /// Worth an update now.
    High,
    /// Stop using it.
    Critical,
}

/// What yanks and advisories have in common.
pub(super) trait Statement: DeserializeOwned + Serialize {
    const KIND: &'static str;
    const MEDIA_TYPE: &'static str;
    fn about(&self) -> Digest;
    fn texts(&self) -> Vec<&str>;

    /// Says which rule it breaks.
    fn check(&self) -> Result<(), String> {
        // Shown to people as it is.
        let bad = |it: char| it.is_control() || is_hidden(it);
        match self.texts().iter().find(|it| it.contains(bad)) {
            Some(text) => Err(format!(
                "`{}` holds characters that cannot be shown",
                text.escape_debug()
            )),
            None => Ok(()),
        }
    }

    /// Reads one about this manifest.
    fn read(text: &str, subject: Digest) -> Result<Self, String> {
        let read: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if read.about() != subject {
            return Err(format!("it is about {}", read.about()));
        }
        read.check()?;
        Ok(read)
    }
}

/// Characters that turn the reading direction around or cannot be seen.
fn is_hidden(it: char) -> bool {
    matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl Statement for YankStatement {
    const KIND: &'static str = "yank";
    const MEDIA_TYPE: &'static str = YANK;

    fn about(&self) -> Digest {
        self.subject
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.reason]
    }
}

impl Statement for Advisory {
    const KIND: &'static str = "advisory";
    const MEDIA_TYPE: &'static str = ADVISORY;

    fn about(&self) -> Digest {
        self.subject
    }

    fn texts(&self) -> Vec<&str> {
        let url = self.url.as_deref();
        [self.id.as_str(), self.title.as_str()]
            .into_iter()
            .chain(url)
            .collect()
    }
}
