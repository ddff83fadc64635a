use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::Path,
};

use cm_types::Digest;
use semver::Version;
use sha2::{Digest as _, Sha256};

use super::{Guard, Signed};
use crate::{Config, Error, FileEntry, Name, Store};

/// An installed copy's own record, which is not part of the package.
const RECORD: &str = ".cm-installed.json";

/// What verifying a version again came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Who has signed it, verified again.
    pub signature: Signed,
    /// How many files were read again.
    pub files: usize,
    /// What is not as it should be, each with where. Empty if all is well.
    pub problems: Vec<String>,
}

/// Reads everything of a version again: what the store has of it, each file of an
/// unpacked copy, and its signature. Give a guard that is offline to ask nobody.
/// Damaged blobs are removed, so that they are fetched again.
pub fn verify(
    guard: &Guard<'_>,
    store: &Store,
    name: &Name,
    version: &Version,
    digest: Digest,
    tree: Option<&Path>,
) -> Result<Verification, Error> {
    let what = format!("{name} {version}");
    let mut found = Verification {
        signature: guard.signed(name, version, digest),
        files: 0,
        problems: Vec::new(),
    };
    if let Signed::Refused(why) | Signed::Unknown(why) = &found.signature {
        found.problems.push(why.clone());
    }
    let contents = match store.contents(&what, digest) {
        Ok(Some(contents)) => contents,
        Ok(None) => {
            found.problems.push(format!(
                "{what}: its manifest {digest} or its config is not in the store, or is damaged"
            ));
            return Ok(found);
        }
        Err(error @ Error::Refused { .. }) => {
            found.problems.push(error.to_string());
            return Ok(found);
        }
        Err(error) => return Err(error),
    };
    let package = &contents.config.manifest.package;
    if package.name != name.package() || package.version != *version {
        found.problems.push(format!(
            "{what}: the manifest {digest} is of {}",
            contents.config.title()
        ));
    }
    for blob in contents.manifest.blobs() {
        match store.verify(blob) {
            Ok(()) => {}
            Err(error @ (Error::Missing { .. } | Error::Mismatch { .. })) => {
                found.problems.push(error.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(tree) = tree {
        found.tree(&contents.config, tree)?;
    }
    Ok(found)
}

impl Verification {
    /// Whether all is as it should be.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn tree(&mut self, config: &Config, root: &Path) -> Result<(), Error> {
        let mut found = BTreeSet::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let directory = root.join(&folder);
            let failed = |error| Error::io("read", &directory, error);
            let entries = match fs::read_dir(&directory) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let why = format!("{} is not there", directory.display());
                    self.problems.push(why);
                    return Ok(());
                }
                Err(error) => return Err(failed(error)),
            };
            for entry in entries {
                let entry = entry.map_err(failed)?;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let path = match folder.as_str() {
                    "" => name.into_owned(),
                    folder => format!("{folder}/{name}"),
                };
                if path == RECORD {
                    continue;
                }
                // Of the entry itself: what a link leads to is no part of a package.
                let kind = entry.file_type().map_err(failed)?;
                match config.file(&path) {
                    _ if kind.is_dir() => folders.push(path),
                    Some(file) if kind.is_file() => {
                        self.file(file, &entry.path())?;
                        found.insert(path);
                    }
                    Some(_) => {
                        let why = format!("{} is no regular file", entry.path().display());
                        self.problems.push(why);
                        found.insert(path);
                    }
                    None => {
                        let why = format!("{} is no part of it", entry.path().display());
                        self.problems.push(why);
                    }
                }
            }
        }
        for file in &config.files {
            if !found.contains(&file.path) {
                let path = root.join(&file.path);
                self.problems.push(format!("{} is missing", path.display()));
            }
        }
        self.problems.sort();
        Ok(())
    }

    fn file(&mut self, file: &FileEntry, path: &Path) -> Result<(), Error> {
        let failed = |error| Error::io("read", path, error);
        let mut hash = Sha256::new();
        let mut opened = File::open(path).map_err(failed)?;
        io::copy(&mut opened, &mut hash).map_err(failed)?;
        let digest = Digest::from(<[u8; 32]>::from(hash.finalize()));
        self.files += 1;
        if digest != file.digest {
            self.problems.push(format!(
                "{} was changed: it has the digest {digest} and not {}",
                path.display(),
                file.digest
            ));
        }
        Ok(())
    }
}
