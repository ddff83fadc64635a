//! Files that an adapter puts into the scratch directory, and those that its program
//! leaves there.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use cm_types::{Error, Failure};

use crate::failure;

/// Of a larger file the beginning is handed on.
const MOST: u64 = 16 * 1024 * 1024;

/// Whether these are names of files in the directory itself.
pub(super) fn check(names: &[String]) -> Result<(), Error> {
    let odd = |name: &&String| {
        name.is_empty() || name.contains(['/', '\0']) || matches!(name.as_str(), "." | "..")
    };
    match names.iter().find(odd) {
        None => Ok(()),
        Some(name) => Err(failure::misbehaved(&format!(
            "named `{}` as a file of the scratch directory",
            name.escape_debug()
        ))),
    }
}

/// Writes the files that are to be there when the program starts.
pub(super) fn leave(scratch: &Path, files: &[(String, String)]) -> Result<(), Error> {
    for (name, content) in files {
        check(std::slice::from_ref(name))?;
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(scratch.join(name))?;
            file.write_all(content.as_bytes())
        };
        write().map_err(|error| {
            let message = format!("`{name}` cannot be written for the engine's program: {error}");
            Error::Unavailable(Failure::new("no-scratch", message))
        })?;
    }
    Ok(())
}

/// What is in a file, if the program has left one. What it left instead of a file, a link
/// or a pipe, is none.
pub(super) fn collect(scratch: &Path, name: &str) -> Option<Vec<u8>> {
    let path = scratch.join(name);
    if !fs::symlink_metadata(&path).ok()?.is_file() {
        return None;
    }
    let file = fs::File::open(path).ok()?;
    let mut content = Vec::new();
    file.take(MOST).read_to_end(&mut content).ok()?;
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_files_of_the_scratch_directory() {
        for odd in ["", ".", "..", "a/b", "/etc/passwd", "../x", "a\0"] {
            assert!(check(&[odd.to_owned()]).is_err(), "{odd:?}");
        }
        assert!(check(&["a.json".to_owned(), "..a".to_owned()]).is_ok());
    }

    #[test]
    fn what_was_left_is_collected_and_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        leave(scratch.path(), &[("a".to_owned(), "text".to_owned())]).unwrap();
        assert!(leave(scratch.path(), &[("../a".to_owned(), String::new())]).is_err());
        std::os::unix::fs::symlink("/etc/passwd", at("link")).unwrap();
        fs::create_dir(at("directory")).unwrap();
        let large = fs::File::create(at("large")).unwrap();
        large.set_len(MOST + 1).unwrap();
        assert_eq!(collect(scratch.path(), "a").as_deref(), Some(&b"text"[..]));
        let size = collect(scratch.path(), "large").map(|content| content.len() as u64);
        assert_eq!(size, Some(MOST));
        for none in ["link", "directory", "nothing"] {
            assert_eq!(collect(scratch.path(), none), None, "{none}");
        }
    }
}
