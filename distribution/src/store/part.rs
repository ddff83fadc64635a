//! One blob on its way into the store.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek, Write},
    path::PathBuf,
    thread,
    time::Duration,
};

use cm_types::Digest;
use sha2::{Digest as _, Sha256};

use super::Store;
use crate::{Error, Name, Source, disk, oci::Descriptor};

/// How long to wait before each further try.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1500)];

impl Store {
    /// Fetches a blob unless it is here. What an earlier attempt has left is gone
    /// on with; what turns out to be wrong is thrown away. `progress` is told how
    /// many bytes there are now.
    pub fn fetch_blob(
        &self,
        source: &dyn Source,
        name: &Name,
        blob: &Descriptor,
        progress: &dyn Fn(u64),
    ) -> Result<(), Error> {
        if self.has(blob) {
            progress(blob.size);
            return Ok(());
        }
        let _using = self.using()?;
        let path = self.parts().join(blob.digest.hex());
        // Beside it, since the part itself is moved away in the end.
        let _lock = disk::Lock::acquire(&path.with_extension("lock"))?;
        if self.has(blob) {
            progress(blob.size);
            return Ok(());
        }
        let mut part = Part::open(path, blob, progress)?;
        let mut pauses = PAUSES.iter();
        loop {
            let resumed = part.length > 0;
            let result = source.blob(name, blob, part.length, &mut part);
            if let Some(error) = part.failed.take() {
                return Err(Error::io("write", &part.path, error));
            }
            match result {
                Ok(()) => match part.digest() {
                    digest if part.length == blob.size && digest == blob.digest => break,
                    // What was there before may be what is wrong.
                    _ if resumed => part.clear()?,
                    digest => {
                        part.remove();
                        return Err(Error::Mismatch {
                            what: format!("the blob {} of {name}", blob.digest),
                            source_name: source.title(),
                            expected: blob.digest.to_string(),
                            got: digest.to_string(),
                        });
                    }
                },
                Err(error) if error.is_passing() => match pauses.next() {
                    Some(pause) => thread::sleep(*pause),
                    None => return Err(error),
                },
                Err(error) => {
                    part.remove();
                    return Err(error);
                }
            }
        }
        part.finish(self)
    }
}

/// A file that grows, and its digest so far.
struct Part<'a> {
    path: PathBuf,
    file: File,
    hash: Sha256,
    length: u64,
    /// Why the disk would not take more.
    failed: Option<io::Error>,
    blob: &'a Descriptor,
    progress: &'a dyn Fn(u64),
}

impl<'a> Part<'a> {
    fn open(path: PathBuf, blob: &'a Descriptor, progress: &'a dyn Fn(u64)) -> Result<Self, Error> {
        let failed = |error| Error::io("open", &path, error);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        let mut hash = Sha256::new();
        let length = io::copy(&mut file, &mut hash).map_err(failed)?;
        let mut part = Self {
            path,
            file,
            hash,
            length,
            failed: None,
            blob,
            progress,
        };
        if part.length > blob.size {
            part.clear()?;
        }
        (part.progress)(part.length);
        Ok(part)
    }

    fn digest(&self) -> Digest {
        Digest::from(<[u8; 32]>::from(self.hash.clone().finalize()))
    }

    fn clear(&mut self) -> Result<(), Error> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.rewind());
        cleared.map_err(|error| Error::io("write", &self.path, error))?;
        self.hash = Sha256::new();
        self.length = 0;
        Ok(())
    }

    fn remove(&self) {
        // Left over, it would be noticed the next time.
        let _ = fs::remove_file(&self.path);
    }

    fn finish(self, store: &Store) -> Result<(), Error> {
        let to = store.file(self.blob.digest);
        // Not synchronized: whoever reads it verifies it, and fetches it again if need be.
        fs::rename(&self.path, &to).map_err(|error| Error::io("write", &to, error))
    }
}

impl Write for Part<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = match self.file.write(bytes) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                let kind = error.kind();
                self.failed = Some(error);
                return Err(kind.into());
            }
        };
        self.hash.update(bytes.get(..count).unwrap_or_default());
        self.length += count as u64;
        (self.progress)(self.length);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
