//! What probes tell.

use super::{Finding, Health};

/// The finding of one purpose.
pub fn finding<'a>(findings: &'a [Finding], purpose: &str) -> Option<&'a Finding> {
    findings.iter().find(|finding| finding.purpose == purpose)
}

/// A version number in what a `--version` printed: the first word that begins
/// with a digit and has a dot, as in `codex-cli 0.169.0`.
pub fn version(printed: &str) -> Option<String> {
    printed
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'))
        .map(|word| word.trim_end_matches([',', ';', ')', '.']).to_owned())
}

impl Health {
    /// What the `version` probe alone tells. Who is signed in is not known yet.
    pub fn from_version(findings: &[Finding], name: &str, install: &str) -> Self {
        let probe = finding(findings, "version");
        let installed = probe.is_some_and(|probe| probe.code.is_some());
        let answered = probe.filter(|probe| probe.code == Some(0));
        let version = answered.and_then(|probe| version(&probe.stdout));
        let remedy = match (installed, answered.is_some()) {
            (true, true) => None,
            (true, false) => Some(format!(
                "{name} is installed but does not start; install it again: {install}"
            )),
            (false, _) => Some(format!("{name} is not installed: {install}")),
        };
        Self {
            installed,
            version,
            signed_in: None,
            remedy,
            options: Vec::new(),
        }
    }

    /// For a service that needs a key: whether it is set, as the host says.
    pub fn from_key(findings: &[Finding], key: &str, sign_in: &str) -> Self {
        let set = finding(findings, "environment");
        let signed_in = set.map(|set| set.stdout.lines().any(|name| name == key));
        Self {
            installed: true,
            version: None,
            signed_in,
            remedy: (signed_in == Some(false)).then(|| sign_in.to_owned()),
            options: Vec::new(),
        }
    }
}
