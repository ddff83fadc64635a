//! Copies of git repositories, made by the `git` of the person, with their login.

use std::{path::Path, time::Duration};

use cm_distribution::Error;
use cm_effects::{Launch, LaunchError, Limits, Output, Process, Stdin};

/// Fetches one revision, or what the repository has at its head, into a new directory;
/// gives the commit.
pub(super) fn clone(url: &str, revision: Option<&str>, into: &Path) -> Result<String, Error> {
    let failed = |why: String| Error::Git {
        url: url.to_owned(),
        why,
    };
    std::fs::create_dir_all(into).map_err(|error| failed(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let git = |arguments: &[&str]| runtime.block_on(git(into, arguments)).map_err(failed);
    git(&["init", "--quiet"])?;
    let revision = revision.unwrap_or("HEAD");
    let fetched = git(&[
        "fetch",
        "--quiet",
        "--depth",
        "1",
        "--no-tags",
        "--",
        url,
        revision,
    ]);
    match fetched {
        Ok(_) => git(&["checkout", "--quiet", "--detach", "FETCH_HEAD"])?,
        // Some servers give a commit only to who has the branch that it is on.
        Err(error) if is_commit(revision) => {
            let all = "+refs/heads/*:refs/remotes/origin/*";
            git(&["fetch", "--quiet", "--no-tags", "--", url, all])?;
            git(&["checkout", "--quiet", "--detach", revision]).map_err(|_| error)?
        }
        Err(error) => return Err(error),
    };
    let commit = git(&["rev-parse", "HEAD"])?;
    // What is left is a package's directory like any other.
    std::fs::remove_dir_all(into.join(".git")).map_err(|error| failed(error.to_string()))?;
    Ok(commit.trim().to_owned())
}

fn is_commit(revision: &str) -> bool {
    (7..=64).contains(&revision.len()) && revision.bytes().all(|it| it.is_ascii_hexdigit())
}

/// Nothing of a repository is run: no hooks, no helpers that it names.
const SAFE: [&str; 8] = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "advice.detachedHead=false",
];

async fn git(directory: &Path, arguments: &[&str]) -> Result<String, String> {
    let set = [("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned())];
    // How the person signs in, and nothing that would lead git elsewhere.
    let allowed = [
        "SSH_AUTH_SOCK",
        "SSH_ASKPASS",
        "GIT_ASKPASS",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_CONFIG_GLOBAL",
    ];
    let allowed = allowed.map(str::to_owned);
    let scratch = cm_effects::Scratch::new().map_err(|error| error.to_string())?;
    let launch = Launch {
        program: "git".to_owned(),
        arguments: SAFE
            .iter()
            .chain(arguments)
            .map(|it| (*it).to_owned())
            .collect(),
        environment: cm_effects::environment::filtered(&allowed, &set, directory, scratch.path()),
        directory: directory.to_owned(),
        stdin: Stdin::Null,
        limits: Limits {
            wall: Some(Duration::from_secs(30 * 60)),
            output_bytes: 1 << 20,
            ..Limits::default()
        },
        recording: None,
    };
    let mut process = Process::start(launch).map_err(|error| match error {
        LaunchError::NotInstalled { .. } => "`git` is not installed".to_owned(),
        error => error.to_string(),
    })?;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    loop {
        match process.next().await {
            Output::Stdout(bytes) => stdout.extend(bytes),
            Output::Stderr(bytes) => stderr.extend(bytes),
            Output::Exited(exit) if exit.code == Some(0) => {
                return Ok(String::from_utf8_lossy(&stdout).into_owned());
            }
            Output::Exited(_) => {
                let said = String::from_utf8_lossy(&stderr);
                let said: Vec<&str> = said.lines().filter(|it| !it.trim().is_empty()).collect();
                return Err(said.last().map_or("git said nothing", |it| *it).to_owned());
            }
        }
    }
}
