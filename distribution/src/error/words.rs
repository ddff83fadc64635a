use std::collections::BTreeMap;

use cm_registry::Capabilities;
use semver::Version;

/// The registry's own words, as the end of a sentence.
pub(super) fn words(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!("; it says: {words}")
    }
}

/// The latest versions, the last first.
pub(super) fn list(versions: &[Version]) -> String {
    const SHOWN: usize = 8;
    if versions.is_empty() {
        return "none".to_owned();
    }
    let mut shown: Vec<_> = versions
        .iter()
        .rev()
        .take(SHOWN)
        .map(Version::to_string)
        .collect();
    if versions.len() > SHOWN {
        shown.push(format!("and {} older ones", versions.len() - SHOWN));
    }
    shown.join(", ")
}

/// What each package could do and nobody has agreed to.
pub(super) fn not_granted(undecided: &BTreeMap<String, (bool, Capabilities)>) -> String {
    let mut text = String::from("nobody has agreed to what would be installed:");
    for (package, (_, capabilities)) in undecided {
        for row in capabilities.table() {
            text.push_str(&format!("\n  - {package} could {}", row.meaning));
        }
    }
    text
}
