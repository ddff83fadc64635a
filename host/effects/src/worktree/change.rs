use std::{
    fs,
    io::Read as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::is_kept_by_cm;
use crate::Git;

/// How many files are looked at where there is no git.
const MOST_FILES: usize = 50_000;
/// Up to this size a changed file is read; of larger ones size and time are taken.
const READ: u64 = 1024 * 1024;
/// How much is read in all.
const READ_IN_ALL: u64 = 64 * 1024 * 1024;

/// A word for what stands in a directory now: another one means that something has
/// changed since. In a git repository it is the commit and all that differs from it and is
/// not ignored; elsewhere the names, sizes and times of all files. None when it cannot be
/// told. Nothing is written.
pub async fn fingerprint(directory: &Path, variables: &[(String, String)]) -> Option<String> {
    let status = match is_in_a_repository(directory) {
        true => status(directory, variables).await,
        false => None,
    };
    let directory = directory.to_owned();
    let look = move || match status {
        Some((top, status)) => of_status(&top, &status),
        None => of_files(&directory),
    };
    tokio::task::spawn_blocking(look).await.ok().flatten()
}

/// A look that starts no program: most of what is asked about is in none.
fn is_in_a_repository(directory: &Path) -> bool {
    let mut above = directory.ancestors();
    above.any(|directory| directory.join(".git").exists())
}

async fn status(directory: &Path, variables: &[(String, String)]) -> Option<(PathBuf, Vec<u8>)> {
    let locks = ("GIT_OPTIONAL_LOCKS".to_owned(), "0".to_owned());
    let git = Git::new(directory).with(variables).with(&[locks]);
    let top = git.line(&["rev-parse", "--show-toplevel"]).await.ok()?;
    let status = ["status", "--porcelain=v2", "--branch", "-z"];
    let status = [status.as_slice(), &["--untracked-files=all", "--", "."]].concat();
    let said = git.ask(&status, None).await.ok()?;
    (said.code == Some(0)).then(|| (PathBuf::from(top), said.stdout))
}

fn of_status(top: &Path, status: &[u8]) -> Option<String> {
    let mut hash = Sha256::new();
    let mut allowed = READ_IN_ALL;
    for entry in status.split(|byte| *byte == 0) {
        let text = String::from_utf8_lossy(entry);
        // What the branch is called, or how far its upstream is, is no change of files.
        if text.starts_with("# ") && !text.starts_with("# branch.oid") {
            continue;
        }
        // From the top of the repository, in which the project may lie anywhere.
        let state = text.find(super::STATE).and_then(|at| text.get(at..));
        if state.is_some_and(is_kept_by_cm) {
            continue;
        }
        hash.update(entry);
        hash.update([0]);
        let fields = match entry.first() {
            Some(b'1') => 9,
            Some(b'2') => 10,
            Some(b'u') => 11,
            Some(b'?') => 2,
            _ => continue,
        };
        let path = text.splitn(fields, ' ').last().unwrap_or_default();
        file(&mut hash, &top.join(path), &mut allowed);
    }
    Some(hex(hash))
}

fn file(hash: &mut Sha256, path: &Path, allowed: &mut u64) {
    let Ok(it) = fs::symlink_metadata(path) else {
        hash.update("gone");
        return;
    };
    hash.update(it.permissions().mode().to_le_bytes());
    if it.is_symlink() {
        let target = fs::read_link(path).unwrap_or_default();
        hash.update(target.as_os_str().as_encoded_bytes());
    } else if it.is_file() && it.len() <= READ.min(*allowed) {
        *allowed -= it.len();
        let mut bytes = Vec::new();
        let read = fs::File::open(path).and_then(|file| file.take(READ).read_to_end(&mut bytes));
        hash.update(if read.is_ok() { bytes } else { Vec::new() });
    } else {
        stamp(hash, &it);
    }
    hash.update([0]);
}

fn of_files(root: &Path) -> Option<String> {
    let mut hash = Sha256::new();
    let mut folders = vec![PathBuf::new()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = fs::read_dir(root.join(&folder)).ok()?.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = folder.join(entry.file_name());
            if is_kept_by_cm(&path.to_string_lossy()) {
                continue;
            }
            seen += 1;
            if seen > MOST_FILES {
                return None;
            }
            let Ok(it) = entry.metadata() else { continue };
            if it.is_dir() {
                folders.push(path);
                continue;
            }
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update([0]);
            stamp(&mut hash, &it);
        }
    }
    Some(hex(hash))
}

fn stamp(hash: &mut Sha256, it: &fs::Metadata) {
    hash.update(it.len().to_le_bytes());
    hash.update(it.mtime().to_le_bytes());
    hash.update(it.mtime_nsec().to_le_bytes());
    hash.update(it.permissions().mode().to_le_bytes());
}

fn hex(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
