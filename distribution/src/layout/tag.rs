use semver::Version;

use crate::Name;

/// An index larger than this is none.
pub(super) const MAX_INDEX_BYTES: u64 = 64 << 20;

/// Reads `NAMESPACE/NAME:VERSION`.
pub(super) fn read_reference(text: &str) -> Option<(Name, Version)> {
    let (name, version) = text.rsplit_once(':')?;
    Some((name.parse().ok()?, version_of_tag(version)?))
}

/// The version that a tag stands for: only a strict semantic version without build
/// metadata, written in its one way, is one.
pub(crate) fn version_of_tag(tag: &str) -> Option<Version> {
    let version = Version::parse(tag).ok()?;
    (version.build.is_empty() && version.to_string() == tag).then_some(version)
}
