//! What git says, and what is meant by it.

use super::GitError;

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

impl Said {
    /// All complaints.
    pub(crate) fn complaint(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The file by which somebody else has locked what was to be changed.
    pub(super) fn lock(&self) -> Option<String> {
        lock_in(&self.complaint()).map(str::to_owned)
    }

    /// Why it failed.
    pub(crate) fn failed(&self, command: &str) -> GitError {
        let said = self.complaint();
        let last = said.lines().rev().find(|line| !line.trim().is_empty());
        let why = match lock_in(&said) {
            Some(lock) => format!(
                "`{lock}` is there: another git is at work, or was killed; when none is at work, remove that file"
            ),
            None => last.unwrap_or("git said nothing").to_owned(),
        };
        let command = command.to_owned();
        GitError::Failed { command, why }
    }
}

/// The name of a lock in what git complains about.
fn lock_in(complaint: &str) -> Option<&str> {
    let (before, _) = complaint.split_once(".lock': File exists")?;
    let (_, path) = before.rsplit_once('\'')?;
    complaint.get(before.len() - path.len()..before.len() + ".lock".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_named() {
        let said = |text: &str| Said {
            code: Some(128),
            stdout: Vec::new(),
            stderr: text.as_bytes().to_vec(),
        };
        let locked = "error: cannot lock ref 'HEAD': Unable to create '/a b/.git/HEAD.lock': \
                      File exists.\n\nAnother git process seems to be running in this \
                      repository\nremove the file manually to continue.\n";
        let why = said(locked).failed("update-ref").to_string();
        assert!(why.starts_with("`/a b/.git/HEAD.lock` is there: "), "{why}");
        let why = said("hint: x\nfatal: no\n\n").failed("add").to_string();
        assert_eq!(why, "fatal: no");
    }
}
