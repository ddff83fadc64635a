use std::{fs, path::Path};

use crate::{
    failure::{At, Failure, Outcome},
    program::{self, Program},
};

/// What npm and pip print when the registry is out of reach, or refuses to talk.
const UNREACHABLE: [&str; 22] = [
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ERR_SOCKET_TIMEOUT",
    "FETCH_ERROR",
    "E401",
    "E403",
    "E407",
    "E429",
    "E502",
    "E503",
    "E504",
    "CERTIFICATE",
    "NewConnectionError",
    "ConnectTimeoutError",
    "Max retries exceeded",
    "ProxyError",
    "Temporary failure in name resolution",
];

/// Installs packages of npm, each with its exact version, into a directory of
/// their own. Their programs are then in `node_modules/.bin`.
///
/// Does nothing when they are there already.
pub(crate) fn install(directory: &Path, packages: &[&str]) -> Outcome<bool> {
    let wanted = packages.join(" ");
    if is_installed(directory, &wanted) {
        return Ok(false);
    }
    if program::find("npm").is_none() {
        return Err(Failure::Unreachable(
            "there is no `npm` on the PATH (install Node.js 20 or later)".into(),
        ));
    }
    start(directory)?;
    let npm = Program::new("npm")
        .arguments(["install", "--no-audit", "--no-fund", "--loglevel=error"])
        .arguments(["--fetch-retries=1", "--fetch-timeout=120000", "--prefix"])
        .argument(directory)
        .arguments(packages);
    reached(npm.read(), "the npm registry")?;
    finish(directory, &wanted)?;
    Ok(true)
}

/// Whether exactly this was installed to its end.
pub(crate) fn is_installed(directory: &Path, wanted: &str) -> bool {
    fs::read_to_string(directory.join("version")).is_ok_and(|version| version.trim() == wanted)
}

/// Begins an installation from nothing: what a broken one left may be anything.
pub(crate) fn start(directory: &Path) -> Outcome {
    if directory.exists() {
        fs::remove_dir_all(directory).at(directory)?;
    }
    fs::create_dir_all(directory).at(directory)
}

/// Says that an installation is complete.
pub(crate) fn finish(directory: &Path, wanted: &str) -> Outcome {
    let version = directory.join("version");
    fs::write(&version, wanted).at(version)
}

/// Says that an installation is not complete after all.
pub(crate) fn forget(directory: &Path) -> Outcome {
    let version = directory.join("version");
    fs::remove_file(&version).at(version)
}

/// Tells a registry that is out of reach from everything else that can go wrong:
/// the first is skipped, the second is an error.
pub(crate) fn reached(result: Outcome<String>, registry: &str) -> Outcome {
    match result {
        Ok(_) => Ok(()),
        Err(Failure::Program { output, .. }) if is_unreachable(&output) => {
            let line = output
                .lines()
                .find(|line| is_unreachable(line))
                .unwrap_or_default();
            // pip puts the inside of its exceptions into one line.
            let short: String = line.trim().chars().take(160).collect();
            Err(Failure::Unreachable(format!(
                "{registry} cannot be reached: {short}"
            )))
        }
        Err(failure) => Err(failure),
    }
}

fn is_unreachable(output: &str) -> bool {
    UNREACHABLE.iter().any(|word| output.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(output: &str) -> Outcome<String> {
        Err(Failure::Program {
            line: "npm install".into(),
            status: "exit status: 1".into(),
            output: output.into(),
        })
    }

    #[test]
    fn only_the_network_is_an_excuse() {
        let refused =
            reached(failed("npm error code ECONNREFUSED\nnpm error errno"), "it").unwrap_err();
        assert!(matches!(&refused, Failure::Unreachable(_)));
        assert_eq!(
            refused.to_string(),
            "it cannot be reached: npm error code ECONNREFUSED"
        );
        let unknown = reached(failed("npm error code E404"), "it").unwrap_err();
        assert!(matches!(unknown, Failure::Program { .. }));
        reached(Ok(String::new()), "it").unwrap();
    }

    #[test]
    fn an_installation_counts_when_it_is_complete_and_of_this_version() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("tool");
        start(&directory).unwrap();
        assert!(!is_installed(&directory, "tool@1"));
        finish(&directory, "tool@1").unwrap();
        assert!(is_installed(&directory, "tool@1"));
        assert!(!is_installed(&directory, "tool@2"));
        start(&directory).unwrap();
        assert!(!is_installed(&directory, "tool@1"));
    }
}
