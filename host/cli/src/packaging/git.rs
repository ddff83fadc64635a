//! Copies of git repositories, made by the `git` of the person, with their login.

use std::path::Path;

use cm_distribution::Error;
use cm_effects::Git;

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
    let repository = Git::new(into);
    let git = |arguments: &[&str]| {
        let said = runtime.block_on(repository.run(arguments));
        said.map_err(|error| failed(error.to_string()))
    };
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
