use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use cm_types::Digest;
use sha2::{Digest as _, Sha256};

use crate::{JournalError, layout::sync_directory};

/// Bytes by their SHA-256. What is put is on disk when `put` returns; the same bytes
/// are kept once. Any number of processes may use it at the same time.
#[derive(Clone, Debug)]
pub struct Blobs {
    root: PathBuf,
}

impl Blobs {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Keeps these bytes.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, JournalError> {
        let digest = Digest::of(bytes);
        let place = self.path(&digest);
        if self.has(&digest, &place, bytes.len() as u64)? {
            return Ok(digest);
        }
        let mut file = self.temporary()?;
        let failed = |error| JournalError::io("write", &place, &error);
        file.write_all(bytes).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        self.keep(file.into_temp_path(), &place)?;
        Ok(digest)
    }

    /// Keeps a file's bytes. The file itself is moved, or copied and removed; nobody
    /// may write to it any more.
    pub fn put_file(&self, path: &Path) -> Result<Digest, JournalError> {
        let unread = |error| JournalError::io("read", path, &error);
        let mut source = File::open(path).map_err(unread)?;
        let (digest, length) = digest_of(&mut source).map_err(unread)?;
        let place = self.path(&digest);
        if !self.has(&digest, &place, length)? {
            self.make_room(&place)?;
            source
                .sync_all()
                .map_err(|error| JournalError::io("write", path, &error))?;
            if fs::rename(path, &place).is_ok() {
                self.sync(&place)?;
                return Ok(digest);
            }
            // It is on another file system, or it may not be moved.
            let mut source = File::open(path).map_err(unread)?;
            let mut file = self.temporary()?;
            let failed = |error| JournalError::io("write", &place, &error);
            io::copy(&mut source, &mut file).map_err(failed)?;
            file.as_file().sync_all().map_err(failed)?;
            self.keep(file.into_temp_path(), &place)?;
            self.get(&digest)?;
        }
        fs::remove_file(path).map_err(|error| JournalError::io("remove", path, &error))?;
        Ok(digest)
    }

    /// The bytes, after a check that they are still the same.
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>, JournalError> {
        let path = self.path(digest);
        let bytes = fs::read(&path).map_err(|error| self.unread(digest, &path, &error))?;
        match Digest::of(&bytes) == *digest {
            true => Ok(bytes),
            false => Err(JournalError::BlobDamaged {
                digest: *digest,
                path,
            }),
        }
    }

    /// The file that holds, or would hold, the bytes.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        let (directory, name) = hex.split_at(2);
        self.root.join(directory).join(name)
    }

    /// Checks the bytes without keeping them in memory.
    pub(crate) fn check(&self, digest: &Digest) -> Result<(), JournalError> {
        let path = self.path(digest);
        let found = File::open(&path).and_then(|mut file| digest_of(&mut file));
        match found {
            Ok((found, _)) if found == *digest => Ok(()),
            Ok(_) => Err(JournalError::BlobDamaged {
                digest: *digest,
                path,
            }),
            Err(error) => Err(self.unread(digest, &path, &error)),
        }
    }

    /// Removes what a killed process left half-written. Only for who is alone here.
    pub(crate) fn sweep(&self) {
        let Ok(entries) = fs::read_dir(self.waiting()) else {
            return;
        };
        for entry in entries.flatten() {
            // What cannot be removed costs space and nothing else.
            let _ = fs::remove_file(entry.path());
        }
    }

    /// Whether it is there and intact. A damaged one is written again.
    fn has(&self, digest: &Digest, place: &Path, length: u64) -> Result<bool, JournalError> {
        match fs::metadata(place) {
            Ok(metadata) if metadata.len() == length => {}
            _ => return Ok(false),
        }
        if self.check(digest).is_err() {
            return Ok(false);
        }
        // Whoever put it may not have come this far.
        self.sync(place)?;
        Ok(true)
    }

    fn waiting(&self) -> PathBuf {
        self.root.join("tmp")
    }

    fn temporary(&self) -> Result<tempfile::NamedTempFile, JournalError> {
        let waiting = self.waiting();
        let failed = |error| JournalError::io("write to", &waiting, &error);
        fs::create_dir_all(&waiting).map_err(failed)?;
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any other file of the project: the umask decides.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        builder.tempfile_in(&waiting).map_err(failed)
    }

    fn make_room(&self, place: &Path) -> Result<(), JournalError> {
        let Some(directory) = place.parent() else {
            return Ok(());
        };
        if directory.is_dir() {
            return Ok(());
        }
        let failed = |error| JournalError::io("create", directory, &error);
        fs::create_dir_all(directory).map_err(failed)?;
        sync_directory(&self.root).map_err(failed)
    }

    fn keep(&self, file: tempfile::TempPath, place: &Path) -> Result<(), JournalError> {
        self.make_room(place)?;
        file.persist(place)
            .map_err(|error| JournalError::io("write", place, &error.error))?;
        self.sync(place)
    }

    fn sync(&self, place: &Path) -> Result<(), JournalError> {
        match place.parent() {
            Some(directory) => sync_directory(directory)
                .map_err(|error| JournalError::io("write to", directory, &error)),
            None => Ok(()),
        }
    }

    fn unread(&self, digest: &Digest, path: &Path, error: &io::Error) -> JournalError {
        match error.kind() {
            io::ErrorKind::NotFound => JournalError::BlobMissing {
                digest: *digest,
                path: path.into(),
            },
            _ => JournalError::io("read", path, error),
        }
    }
}

fn digest_of(file: &mut File) -> io::Result<(Digest, u64)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut length = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((Digest::from(<[u8; 32]>::from(hash.finalize())), length)),
            Ok(count) => {
                length += count as u64;
                hash.update(&buffer[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
